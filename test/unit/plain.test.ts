/** Text of others in messages and labels: no link, no icon, nothing invisible. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { longestPlain, plain } from '../../server/src/plain';

function check(text: string, expected: string): void {
  it(JSON.stringify(text), () => assert.equal(plain(text), expected));
}

/** What VS Code makes links of in notifications and under input boxes, loosened: any scheme. */
const link = /\[[^\]]*\]\([^)]*\)/;
const invisible = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

describe('plain', () => {
  check('webshop.sqlite', 'webshop.sqlite');
  check(
    '[Repair it](command:runCommands?%7B%7D).sqlite cannot be read.',
    '[Repair it] (command:runCommands?%7B%7D).sqlite cannot be read.',
  );
  check(']\u202e(command:x)', '] (command:x)');
  check(']\u0000\ufeff(command:x)', '] (command:x)');
  check('$(alert) all is lost', '$ (alert) all is lost');
  check('two\r\nlines\tand a tab', 'two lines and a tab');
  check('photo\u202egnp.exe', 'photognp.exe');
  check('cost: 5 $ (five) [net] and a\u200d\u{1f680}', 'cost: 5 $ (five) [net] and a\u200d\u{1f680}');
  check('half \ud800 a character', 'half \ufffd a character');
  check('سلام', 'سلام');

  it('holds neither link nor icon nor anything invisible, whatever the text', () => {
    const pieces = fc.constantFrom('[', ']', '(', ')', '$', 'command:', ' ', '\u202e', '\0', '\n', '\ufeff');
    const text = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (value) => {
        const shown = plain(value);
        assert.doesNotMatch(shown, link);
        assert.doesNotMatch(shown, invisible);
        assert.ok(!shown.includes('](') && !shown.includes('$('));
        assert.ok(shown.isWellFormed());
        assert.equal(plain(shown), shown);
      }),
      { numRuns: 500 },
    );
  });

  it('cuts what would freeze the one who draws it, and stays as it is when it is cut again', () => {
    for (const text of ['x'.repeat(1e6), '\u{1f680}'.repeat(5000), ']('.repeat(700), '\0'.repeat(5000)]) {
      const shown = plain(text);
      assert.ok(shown.length <= longestPlain && shown.isWellFormed());
      assert.equal(plain(shown), shown);
    }
  });
});
