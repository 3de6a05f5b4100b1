/** Where a statement stops reading. `⟂` stands before the first token that cannot stand where it does. */
import assert from 'node:assert/strict';
import type { Dialect } from '../../../server/src/sql/dialect';
import { recognize } from '../../../server/src/sql/grammar/statements';
import { StatementText } from '../../../server/src/sql/shape/statementText';
import { corpus } from '../support/corpus';

function recognized(text: string, dialect: Dialect) {
  const statement = new StatementText(text, { from: 0, to: text.length }, dialect);
  return { statement, result: recognize(statement) };
}

function check(marked: string, dialect: Dialect = 'postgres'): void {
  it(`${dialect}: ${marked}`, () => {
    const text = marked.replace('⟂', '');
    const { statement, result } = recognized(text, dialect);
    const at = result.state === 'stuck' ? (statement.token(result.at)?.from ?? text.length) : -1;
    assert.equal(at, marked.indexOf('⟂'));
  });
}

describe('recognize', () => {
  it('reads every statement of the corpus that it knows', () => {
    const stuck = corpus.filter(
      ({ statement, dialect }) => recognized(statement, dialect).result.state === 'stuck',
    );
    assert.deepEqual(
      stuck.map(({ statement }) => statement),
      [],
    );
  });

  check('SELECT id, total FROM orders WHERE total > 1 ORDER BY id DESC LIMIT 3');
  check('SELECT a b ⟂c FROM t');
  check("SELECT name = 'x' city ⟂town FROM t");
  check('SELECT id FROM t ORDER BY id ⟂WHERE a = 1');
  check('SELECT id FROM t WHERE a = b ⟂= c');
  check('SELECT id FROM t WHERE a = 1 AND⟂');
  check('SELECT count(id ⟂total) FROM t');
  check('SELECT id FROM a JOIN b ⟂WHERE a.id = 1');
  check('SELECT id FROM a CROSS JOIN b WHERE a.id = 1');
  check('SELECT id FROM a JOIN b WHERE a.id = 1', 'sqlite');
  check('SELECT CASE WHEN a THEN 1 ⟂FROM t');
  check('SELECT sum(a) OVER (PARTITION BY b ⟂c) FROM t');
  check("INSERT INTO t (a, b) VALUES (1, 'x') ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING a");
  check('INSERT INTO t (a ⟂b) VALUES (1)');
  check('INSERT OR ⟂t (a) VALUES (1)');
  check('UPDATE t SET a = 1, ⟂WHERE b = 2');
  check('DELETE FROM t WHERE a IN (1, ⟂)');
  check('WITH x AS ⟂y (SELECT 1) SELECT * FROM x');
  check("SELECT 'a' ⟂'b'");
  check('SELECT id FROM t LIMIT 1 ⟂GROUP BY id');
  check('FROM t SELECT a', 'duckdb');
  check('⟂FROM t SELECT a', 'sqlite');
  for (const deep of ['(', '[', 'f(', '(SELECT ', 'CASE WHEN ', 'a IN (', '((SELECT 1) + ', 'NOT '])
    it(`reads ${deep} nested deeply, in time that does not explode`, () => {
      recognized(`SELECT ${deep.repeat(3000)}1`, 'duckdb');
      recognized(`SELECT 1 FROM ${deep.repeat(3000)}1`, 'postgres');
      const closers = { '(': ')', '[': ']', 'f(': ')' }[deep];
      if (closers !== undefined)
        assert.equal(
          recognized(`SELECT ${deep.repeat(30)}1${closers.repeat(30)}`, 'duckdb').result.state,
          'whole',
        );
    });
  check('VACUUM t what ever', 'sqlite');
});
