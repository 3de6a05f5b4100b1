/** Of two statements for a question the one that says what the question says is the more probable answer. */
import assert from 'node:assert/strict';
import { questionLinks } from '../../../server/src/prompt/annotateQuestion';
import { answerScores, leastProbable } from '../../../server/src/suggest/answerScore';
import { shop, withSeen } from '../support/schemas';

const schema = withSeen(shop, { 'customers.city': ['Oslo', 'Bergen'], 'customers.name': ['Ann', 'Oslo'] });

/** As likely as each other, a token in two being sure. */
function scores(question: string, ...statements: string[]): readonly number[] {
  const candidates = statements.map((sql) => ({ sql, logLikelihood: -0.1 * sql.length }));
  return answerScores(candidates, question, questionLinks(question, schema), schema);
}

function better(question: string, good: string, bad: string): void {
  it(`${question}: ${good}, not ${bad}`, () => {
    const [one = 0, other = 0] = scores(question, good, bad);
    assert.ok(one > other, `${one.toString()} ${other.toString()}`);
  });
}

describe('answerScores', () => {
  const of = (condition: string): string => `SELECT name FROM customers WHERE ${condition};`;
  better('who lives in Bergen', of("city = 'Bergen'"), of("name = 'Bergen'"));
  better('who lives in bergen', of("city = 'Bergen'"), of("city = 'bergen'"));
  better('who lives in Bergen', of("city = 'Bergen'"), of("city = 'Oslo'"));
  better('who lives in Bergen', of("city = 'Bergen'"), 'SELECT name FROM customers;');
  better('names of customers', 'SELECT name FROM customers;', 'SELECT name FROM products;');
  better('names of customers', 'SELECT name FROM customers;', 'SELECT name, city FROM customers;');
  better('number of customers', 'SELECT COUNT(*) FROM customers;', 'SELECT name FROM customers;');

  it('of two that say the same the likelier', () => {
    const sql = 'SELECT name FROM customers;';
    const links = questionLinks('names of customers', schema);
    const [likely = 0, unlikely = 0] = answerScores(
      [
        { sql, logLikelihood: -1 },
        { sql, logLikelihood: -9 },
      ],
      'names of customers',
      links,
      schema,
    );
    assert.ok(likely > unlikely && likely > leastProbable && unlikely > 0);
  });
});
