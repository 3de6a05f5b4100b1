/** What the box offers under the question belongs to it, and says how far it is to be trusted. */
import assert from 'node:assert/strict';
import { choicesOf, oneLine, QuestionAnswer, type Choice } from '../../../client/src/questionAnswer';
import type { AskAnswer } from '../../../server/src/protocol';

const one = { sql: 'SELECT 1;', words: 'one' };
const two = { sql: 'SELECT\n  2;', words: 'two' };
const answerOf = (isSure: boolean, ...statements: (typeof one)[]): AskAnswer => ({
  sql: statements[0]?.sql ?? '',
  isSure,
  statements,
});

describe('QuestionAnswer', () => {
  it('holds the answer to the question in the box', () => {
    const answer = new QuestionAnswer();
    answer.ask('how many');
    assert.equal(answer.answer, undefined);
    assert.ok(answer.take('how many', answerOf(true, one)));
    assert.deepEqual(answer.answer, answerOf(true, one));
  });

  it('lets go of it with the next key, and takes no late answer', () => {
    const answer = new QuestionAnswer();
    answer.ask('how many');
    answer.take('how many', answerOf(true, one));
    answer.ask('how many c');
    assert.equal(answer.answer, undefined);
    assert.equal(answer.take('how many', answerOf(true, one)), false);
    assert.equal(answer.answer, undefined);
  });

  it('has none where none came', () => {
    const answer = new QuestionAnswer();
    answer.ask('how many');
    assert.ok(answer.take('how many', null));
    assert.equal(answer.answer, null);
  });

  it('shows a statement of several lines as one', () => {
    assert.equal(
      oneLine('SELECT name\nFROM customers\n  WHERE id = 1;'),
      'SELECT name FROM customers WHERE id = 1;',
    );
  });
});

describe('choicesOf', () => {
  const check = (name: string, answer: AskAnswer | null | undefined, ...expected: string[]): void => {
    it(name, () => {
      const shown = (choice: Choice): string =>
        choice.kind === 'statement'
          ? `${choice.label} (${choice.detail})`
          : `${choice.kind}: ${choice.label}`;
      assert.deepEqual(choicesOf(answer, 'none came').map(shown), expected);
    });
  };
  check('says that it is being written', undefined, 'notice: Writing a statement…');
  check('says that there is none', null, 'notice: No answer');
  check('one statement', answerOf(true, one), 'SELECT 1; (one)');
  check(
    'several statements, the likeliest first',
    answerOf(true, one, two),
    'SELECT 1; (one)',
    'heading: or, less likely',
    'SELECT 2; (two)',
  );
  check(
    'what nobody stands for is behind a notice',
    answerOf(false, one, two),
    'notice: No answer I would stand for',
    'heading: insert anyway',
    'SELECT 1; (Insert anyway: one)',
    'SELECT 2; (Insert anyway: two)',
  );
});
