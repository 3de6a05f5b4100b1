/** Places: brackets that the editor closed are told apart from those that a person wrote. `$0` marks the cursor. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { placeAt, typedBetween } from '../../../server/src/suggest/place';
import { cursorIn } from '../support/text';

function check(marked: string, closers: string, after: string): void {
  it(JSON.stringify(marked), () => {
    const { text, offset } = cursorIn(marked);
    const place = placeAt(text, offset, 1, 'sqlite');
    assert.deepEqual([place.closers, place.after], [closers, after]);
  });
}

describe('placeAt', () => {
  check('SELECT count($0)', ')', '');
  check('SELECT count($0) FROM t', ')', ' FROM t');
  check("SELECT * FROM t WHERE a IN ('$0')", "')", '');
  check('SELECT ((1$0))', '))', '');
  check('SELECT (1$0))', ')', ')');
  check('SELECT 1$0)', '', ')');
  check("SELECT 'a'$0'", '', "'");
  check('SELECT "na$0" FROM t', '"', ' FROM t');
  check('SELECT [na$0] FROM t', ']', ' FROM t');
  check('SELECT 1; -- ($0)', '', ')');
  check('SELECT (1); SELECT 2$0)', '', ')');

  /** `¦`: where the text is read as if a semicolon stood there. */
  const ended = (marked: string): void => {
    it(`is ended above a question: ${JSON.stringify(marked)}`, () => {
      const text = marked.replace('¦', '');
      assert.equal(placeAt(text, text.length, 1, 'sqlite').before, marked.replace('¦', ';'));
    });
  };
  ended('SELECT a FROM t¦\n\n-- how many\n');
  ended('SELECT a FROM t¦\n-- how many\n');
  ended('SELECT a FROM t¦ -- all\n\n-- how many\n-- of them\n');
  ended('SELECT a FROM t¦\n\n-- how many\nSEL');
  ended('SELECT a FROM t¦\n\n-- how many\nSELECT COUNT(*)\nFROM ');
  ended('SELECT a FROM¦\n\n-- how many\n');
  ended('SELECT a, (¦\n\n-- how many\n');
  ended('SELECT a FROM t¦\n-- how many\nSELECT COUNT(*),\n-- not\n');
  // A remark within the statement, or none that is finished.
  ended('SELECT a,\n-- the number\n');
  ended('SELECT a FROM t\n-- only some\nWHERE ');
  ended('SELECT a FROM t\n\n-- only some\nGROUP BY a');
  ended('SELECT a FROM t\n\n  -- indented\n');
  ended('SELECT a FROM t\n\n-- how many');
  ended('SELECT a FROM t;\n\n-- how many\n');
  ended('-- how many\n');

  it('sees the same place with either kind of line end', () => {
    const windows = placeAt('SELECT 1\r\nFROM t\r\n', 14, 1, 'sqlite');
    const unix = placeAt('SELECT 1\nFROM t\n', 13, 1, 'sqlite');
    assert.deepEqual(windows, unix);
  });

  it('is reached by typing, in texts of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), fc.constantFrom('a', 'ab c', '\n'), (lines, typed) => {
        const text = 'SELECT id FROM t;\n'.repeat(lines);
        const before = placeAt(text, text.length, 1, 'sqlite');
        const after = placeAt(text + typed, text.length + typed.length, 1, 'sqlite');
        // The window's beginning moves once in a long while; then what was decoded is not found, and nothing is wrong.
        const between = typedBetween(before, after);
        assert.ok(between === typed || between === undefined);
        if (text.length < 200_000) assert.equal(between, typed);
      }),
      { numRuns: 30 },
    );
  });
});
