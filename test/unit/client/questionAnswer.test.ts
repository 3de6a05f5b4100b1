/** The statement under the question box always belongs to the question in it. */
import assert from 'node:assert/strict';
import { oneLine, QuestionAnswer } from '../../../client/src/questionAnswer';

describe('QuestionAnswer', () => {
  it('holds the statement of the question in the box', () => {
    const answer = new QuestionAnswer();
    answer.ask('how many');
    assert.ok(answer.take('how many', 'SELECT 1;'));
    assert.equal(answer.sql, 'SELECT 1;');
  });

  it('lets go of it with the next key, and takes no late answer', () => {
    const answer = new QuestionAnswer();
    answer.ask('how many');
    answer.take('how many', 'SELECT 1;');
    answer.ask('how many c');
    assert.equal(answer.sql, undefined);
    assert.equal(answer.take('how many', 'SELECT 1;'), false);
    assert.equal(answer.sql, undefined);
  });

  it('has none where none came', () => {
    const answer = new QuestionAnswer();
    answer.ask('how many');
    assert.ok(answer.take('how many', null));
    assert.equal(answer.sql, undefined);
  });

  it('shows a statement of several lines as one', () => {
    assert.equal(
      oneLine('SELECT name\nFROM customers\n  WHERE id = 1;'),
      'SELECT name FROM customers WHERE id = 1;',
    );
  });
});
