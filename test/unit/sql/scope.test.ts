/** The clause and the relations at a place, in finished and unfinished statements. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dialects, type Dialect } from '../../../server/src/schema/model';
import { scopeAt, type Scope } from '../../../server/src/sql/shape/scope';
import { statementAt } from '../../../server/src/sql/statements/statements';
import { oddTexts } from '../support/schemas';
import { cursorIn } from '../support/text';

function scopeIn(marked: string, dialect: Dialect): Scope {
  const { text, offset } = cursorIn(marked);
  return scopeAt(text, statementAt(text, offset, dialect), offset, dialect);
}

/** Relations as `name alias (columns)`, kinds other than table in front. */
function relationsOf(scope: Scope): string {
  return scope.relations
    .map((r) => {
      const name = [r.namespace, r.name].filter((part) => part !== undefined).join('.');
      const parts = [
        r.kind === 'table' ? '' : r.kind,
        name,
        r.alias ?? '',
        r.columns ? `(${r.columns.join(' ')})` : '',
      ];
      return parts.filter((part) => part !== '').join(' ');
    })
    .join(', ');
}

function check(marked: string, clause: string, relations: string, dialect: Dialect = 'sqlite'): void {
  it(JSON.stringify(marked).slice(0, 110), () => {
    const scope = scopeIn(marked, dialect);
    assert.equal(scope.clause, clause);
    assert.equal(relationsOf(scope), relations);
  });
}

function checkNames(marked: string, expected: readonly string[]): void {
  it(`names of ${JSON.stringify(marked).slice(0, 100)}`, () => {
    assert.deepEqual(scopeIn(marked, 'sqlite').introducedNames, expected);
  });
}

describe('scope', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('$0', 'none', '');
  check('SELECT $0', 'select', '');
  check('SELECT $0 FROM customers', 'select', 'customers');
  check('SELECT $0 FROM customers c', 'select', 'customers c');
  check('SELECT * FROM customers AS c, orders o $0', 'from', 'customers c, orders o');
  check('SELECT * FROM $0', 'from', '');
  check('SELECT * FROM a JOIN $0', 'join', 'a');
  check('SELECT * FROM a LEFT OUTER JOIN b ON $0', 'on', 'a, b');
  check('SELECT * FROM a JOIN b USING (id) WHERE $0', 'where', 'a, b');
  check('SELECT * FROM a NATURAL JOIN b WHERE $0', 'where', 'a, b');
  check('SELECT * FROM main.customers c WHERE $0', 'where', 'main.customers c');
  check('SELECT * FROM "Order Details" d WHERE $0', 'where', 'Order Details d');
  check('SELECT x FROM a GROUP BY $0', 'group by', 'a');
  check('SELECT x FROM a GROUP BY x HAVING $0', 'having', 'a');
  check('SELECT x FROM a ORDER BY $0', 'order by', 'a');
  check('SELECT x FROM a LIMIT $0', 'limit', 'a');
  check('INSERT INTO orders ($0', 'insert', 'orders');
  check('INSERT INTO orders (id) VALUES ($0', 'values', 'orders');
  check('INSERT INTO orders SELECT $0 FROM customers', 'select', 'orders, customers');
  check('UPDATE orders SET $0', 'set', 'orders');
  check('UPDATE orders AS o SET a = 1 WHERE $0', 'where', 'orders o');
  check('DELETE FROM orders WHERE $0', 'where', 'orders');
  check('SELECT * FROM a WHERE id IN (SELECT $0 FROM b)', 'select', 'b, a');
  check('SELECT * FROM a WHERE id IN (SELECT x FROM b) AND $0', 'where', 'a');
  check('SELECT (SELECT max(x) FROM b WHERE $0) FROM a', 'where', 'b, a');
  check('SELECT * FROM (SELECT id AS k, name FROM b) AS d WHERE $0', 'where', 'derived d (k name)');
  check('SELECT * FROM (SELECT * FROM b) d WHERE $0', 'where', 'derived d');
  check('SELECT * FROM (SELECT 1 FROM b) AS d (p, q) WHERE $0', 'where', 'derived d (p q)', 'postgres');
  check('SELECT * FROM (a JOIN b ON a.x = b.x) WHERE $0', 'where', 'a, b');
  check('SELECT * FROM generate_series(1, 3) AS g WHERE $0', 'where', 'derived g', 'postgres');
  check('WITH t AS (SELECT id, name n FROM a) SELECT $0 FROM t', 'select', 'cte t (id n)');
  check('WITH t (p, q) AS (SELECT 1, 2) SELECT * FROM t AS u WHERE $0', 'where', 'cte t u (p q)');
  check('WITH t AS (SELECT $0 FROM a) SELECT * FROM t', 'select', 'a');
  check('WITH t AS (SELECT 1 AS x), u AS (SELECT x FROM t WHERE $0) SELECT 1', 'where', 'cte t (x)');
  check('WITH t AS (SELECT * FROM a) $0', 'with', '');
  check('SELECT a FROM x UNION ALL SELECT $0 FROM y', 'select', 'y');
  check('SELECT a FROM x WHERE $0 UNION SELECT b FROM y', 'where', 'x');
  check('SELECT count( FROM customers WHERE $0', 'where', 'customers');
  check('SELECT extract(year FROM d) FROM t WHERE $0', 'where', 't', 'postgres');
  check("SELECT trim(both 'x' FROM d), $0 FROM t", 'select', 't', 'postgres');
  check('SELECT a IS DISTINCT FROM b FROM t WHERE $0', 'where', 't', 'postgres');
  check(
    'SELECT * FROM a CROSS JOIN LATERAL (SELECT 1 AS one) l WHERE $0',
    'where',
    'a, derived l (one)',
    'postgres',
  );
  check('SELECT * FROM a o LEFT $0', 'from', 'a o');
  check('SELECT * FROM a,\n$0', 'from', 'a');
  check('SELECT sum(x) FILTER (WHERE $0) FROM t', 'select', 't', 'postgres');
  check('SELECT rank() OVER (PARTITION BY a ORDER BY $0) FROM t', 'select', 't');
  check('DELETE FROM a USING b WHERE $0', 'where', 'a, b', 'postgres');
  check('CREATE VIEW v AS SELECT $0 FROM t', 'select', 't');
  check('CREATE INDEX i ON t ($0)', 'ddl', 't');

  checkNames('SELECT a AS x, count(*) n FROM t AS u WHERE $0', ['u', 'x', 'n']);
  checkNames('WITH c AS (SELECT 1 AS one) SELECT $0 FROM c d', ['d', 'c']);
  checkNames('SELECT a AS x FROM t u WHERE EXISTS (SELECT b AS y FROM v w WHERE $0)', ['w', 'y', 'u', 'x']);
  checkNames('SELECT a AS x FROM t ORDER BY $0', ['x']);

  it('knows strings and comments', () => {
    assert.equal(scopeIn("SELECT 'a$0b'", 'sqlite').insideString, true);
    assert.equal(scopeIn("SELECT 'open$0", 'sqlite').insideString, true);
    assert.equal(scopeIn("SELECT 'shut'$0", 'sqlite').insideString, false);
    assert.equal(scopeIn('-- comment$0', 'sqlite').insideComment, true);
    assert.equal(scopeIn('-- comment\n$0', 'sqlite').insideComment, false);
    assert.equal(scopeIn('/* a $0 */ SELECT 1', 'sqlite').insideComment, true);
    assert.equal(scopeIn('# comment$0', 'mysql').insideComment, true);
    assert.equal(scopeIn('SELECT $01', 'sqlite').insideString, false);
  });

  it('is total at every place of every cut of odd texts', () => {
    for (const text of oddTexts) {
      for (let end = 0; end <= text.length; end++) {
        const cut = text.slice(0, end);
        for (const dialect of dialects) scopeAt(cut, statementAt(cut, end, dialect), end, dialect);
      }
    }
  });

  it('is total over random rows of words', () => {
    const words =
      'SELECT FROM WHERE JOIN ON USING WITH AS UNION INSERT INTO UPDATE SET VALUES ( ) , . ; a "b" \' * 1 LATERAL RECURSIVE GROUP BY CREATE RETURNING'.split(
        ' ',
      );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 30 }), fc.nat(), (row, place) => {
        const text = row.join(' ');
        const offset = place % (text.length + 1);
        const scope = scopeAt(text, statementAt(text, offset, 'postgres'), offset, 'postgres');
        assert.ok(Array.isArray(scope.relations));
      }),
      { numRuns: 500 },
    );
  });
});
