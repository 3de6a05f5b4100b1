/** Where the statement for a question goes. `$0` marks the cursor. */
import * as assert from 'node:assert/strict';
import { placeStatement } from '../../../client/src/insertion';

const answer = 'SELECT 1;';

function check(before: string, after: string, question?: string): void {
  const cursorLine = before.slice(0, before.indexOf('$0')).split('\n').length - 1;
  const lines = before.replace('$0', '').split('\n');
  const { line, from, to, text } = placeStatement(
    answer,
    cursorLine,
    lines.length,
    (index) => lines[index] ?? '',
    question,
  );
  const target = lines[line] ?? '';
  lines[line] = target.slice(0, from) + text + target.slice(to);
  assert.equal(lines.join('\n'), after);
}

describe('placeStatement', () => {
  it('takes an empty file', () => check('$0', answer));
  it('takes the blank line the cursor is on, with its indentation', () =>
    check('SELECT 2;\n  $0\n', `SELECT 2;\n${answer}\n`));
  it('keeps what follows on a line of its own', () => check('$0\nSELECT 2;', `${answer}\n\nSELECT 2;`));
  it('goes below a question comment', () => check('-- who?$0\n', `-- who?\n${answer}\n`));
  it('goes between a question comment and the statement under it', () =>
    check('-- who?$0\nSELECT 2;', `-- who?\n${answer}\n\nSELECT 2;`));
  it('goes below the statement the cursor is in, not into it', () =>
    check('SELECT a$0,\n  b\nFROM t;\nSELECT 3;', `SELECT a,\n  b\nFROM t;\n\n${answer}\n\nSELECT 3;`));
  it('takes a blank line as the end of an unfinished statement', () =>
    check('SELECT a$0\nFROM t\n\nSELECT 3;', `SELECT a\nFROM t\n\n${answer}\n\nSELECT 3;`));
  it('sees a semicolon before a comment', () =>
    check('SELECT a$0; -- all\nSELECT 3;', `SELECT a; -- all\n\n${answer}\n\nSELECT 3;`));
  it('stands under its question', () => check('SELECT 2;\n$0\n', `SELECT 2;\n-- who?\n${answer}\n`, 'who?'));
  it('keeps a question of several lines on one', () =>
    check('$0', `-- who is it?\n${answer}`, ' who\n is it? '));
  it('stands under a question that is there already, written once', () => {
    check('-- who?$0\n', `-- who?\n${answer}\n`, 'who?');
    check('-- who?\n$0\n', `-- who?\n${answer}\n`, 'who?');
  });
  it('goes to the end of a text without a last line break', () =>
    check('SELECT a$0', `SELECT a\n\n${answer}`));
});
