/** The database's own word by example: a scripted database refuses what the example says, `«…»` is where the mark stands. */
import assert from 'node:assert/strict';
import { SqlAheadError } from '../../../server/src/errors';
import { askedStatements, markOf, marksBeside } from '../../../server/src/features/diagnostics/databaseMarks';
import { DatabaseVerdicts } from '../../../server/src/features/diagnostics/databaseVerdicts';
import { diagnostics } from '../../../server/src/features/diagnostics/diagnostics';
import { dialects, type Dialect } from '../../../server/src/schema/model';
import type { Verdict } from '../../../server/src/schema/validate';
import { oddTexts, schemaOf } from '../support/schemas';
import { rangeIn } from '../support/text';

const never = new AbortController().signal;
const ddl = 'CREATE TABLE customers (id int, name text); CREATE TABLE orders (id int, customer_id int);';

/** @param expected the statements that are sent, in order */
function checkAsked(marked: string, expected: readonly string[], dialect: Dialect = 'postgres'): void {
  it(`asks ${expected.length === 0 ? 'nothing' : 'some'} of ${dialect}: ${marked.slice(0, 90)}`, () => {
    const cursor = marked.indexOf('$0');
    const text = cursor < 0 ? marked : marked.replace('$0', '');
    const asked = askedStatements(text, dialect, cursor < 0 ? undefined : cursor);
    assert.deepEqual(
      asked.map(({ sql }) => sql),
      expected,
    );
    for (const { from, to, sql } of asked) assert.equal(text.slice(from, to), sql);
  });
}

/** @param offset where in the statement the database says the fault is, in UTF-16 units */
function checkMark(marked: string, message: string, offset?: number, dialect: Dialect = 'postgres'): void {
  it(`marks ${marked.slice(0, 90)}: ${message}`, () => {
    const { text, from, to } = rangeIn(marked);
    const verdict: Verdict = { ok: false, message, ...(offset === undefined ? {} : { offset }) };
    const found = askedStatements(text, dialect).map((asked) => markOf(asked, verdict, dialect));
    const shown = marked.includes('«') ? [{ from, to, code: 'database' as const, message, fixes: [] }] : [];
    assert.deepEqual(
      found.filter((one) => one !== undefined),
      shown,
    );
  });
}

/** @param expected messages of both, ours first */
function checkBeside(text: string, message: string, expected: readonly string[], offset?: number): void {
  it(`one mark a fault: ${text}: ${message}`, () => {
    const own = diagnostics(text, schemaOf(ddl, 'postgres'), 'postgres');
    const verdict: Verdict = { ok: false, message, ...(offset === undefined ? {} : { offset }) };
    const said = askedStatements(text, 'postgres').flatMap((asked) => {
      const mark = markOf(asked, verdict, 'postgres');
      return mark === undefined ? [] : [{ asked, mark }];
    });
    const both = [...own, ...marksBeside(said, own, text)];
    assert.deepEqual(
      both.map((one) => one.message),
      expected,
    );
  });
}

describe('database marks: what is asked', () => {
  checkAsked('SELECT 1; -- one\n/* two */ INSERT INTO customers VALUES (1);', [
    'SELECT 1',
    'INSERT INTO customers VALUES (1)',
  ]);
  checkAsked('SELECT 1', ['SELECT 1']);
  checkAsked('SELECT 1;\nSELECT na$0me FROM customers;\nSELECT 3;', ['SELECT 1', 'SELECT 3']);
  for (const statement of [
    'CREATE TABLE made (a int)',
    'ALTER TABLE customers ADD b int',
    'DROP TABLE customers',
    'TRUNCATE customers',
    'GRANT SELECT ON customers TO anna',
    'BEGIN',
    'COMMIT',
    'VACUUM',
    'CALL lay()',
    "COPY customers FROM '/etc/passwd'",
    'EXPLAIN ANALYZE DELETE FROM customers',
    'DO $$ BEGIN DELETE FROM customers; END $$',
    'PREPARE p AS SELECT 1',
    'EXECUTE p',
    'LISTEN x',
    'PRAGMA user_version = 3',
  ])
    checkAsked(`${statement};`, []);
  checkAsked('CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT nme FROM customers; $$;', []);
  checkAsked('CREATE TRIGGER t AFTER INSERT ON customers BEGIN SELECT 1; END;', [], 'sqlite');

  // The session is another one behind these.
  checkAsked('SELECT 1; SET search_path TO audit; SELECT 2;', ['SELECT 1']);
  checkAsked('USE other; SELECT 2;', [], 'mysql');
  checkAsked("ATTACH 'other.db' AS other; SELECT * FROM other.t;", [], 'sqlite');
  checkAsked('\\c other\nSELECT 2;', []);
  checkAsked('\\i tables.sql\nSELECT 2;', []);
  checkAsked('.read tables.sql\nSELECT 2;', [], 'sqlite');
  checkAsked('DO $$ BEGIN CREATE TEMP TABLE t (a int); END $$; SELECT a FROM t;', []);
  checkAsked('CALL make_tables(); SELECT a FROM t;', [], 'mysql');
  checkAsked("SET statement_timeout = '5s'; SELECT 2;", ['SELECT 2']);

  // What the text makes itself is not in the database.
  checkAsked('CREATE TEMP TABLE made (a int); SELECT a FROM made; SELECT 1;', ['SELECT 1']);
  checkAsked('SELECT id INTO made FROM customers; SELECT id FROM made;', []);
  checkAsked('CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$; SELECT f();', []);
  checkAsked('CREATE UNIQUE INDEX i ON customers (id); INSERT INTO customers VALUES (1) ON CONFLICT (id) DO NOTHING;', []); // prettier-ignore
  checkAsked('CREATE EXTENSION hstore; SELECT hstore(1);', []);

  checkAsked("ALTER TYPE mood ADD VALUE 'glad'; INSERT INTO diary VALUES ('glad');", []);
  checkAsked('CREATE RULE r AS ON INSERT TO v DO INSTEAD NOTHING; INSERT INTO v VALUES (1);', []);
  checkAsked(
    'RENAME TABLE a TO b, c TO d; SELECT * FROM b; SELECT * FROM d; SELECT 1;',
    ['SELECT 1'],
    'mysql',
  );

  // No SQL yet, values to come, clients' words.
  checkAsked('SELECT * FROM {{ ref("x") }}; SELECT %s; SELECT ${x}; SELECT 1;', ['SELECT 1']);
  checkAsked('SELECT {% if a %} 1 {% endif %};', []);
  checkAsked('SELECT name FROM customers WHERE id = $1;', []);
  checkAsked('SELECT name FROM customers WHERE id = :id;', []);
  checkAsked(
    'SELECT name FROM customers WHERE id = ?;',
    ['SELECT name FROM customers WHERE id = ?'],
    'mysql',
  );
  checkAsked('SELECT name FROM t WHERE id = :id;', ['SELECT name FROM t WHERE id = :id'], 'sqlite');
  checkAsked('SELECT 1 AS a \\gset\nSELECT 2;', ['SELECT 1 AS a', 'SELECT 2']);
  checkAsked('SELECT 1\\G\nSELECT 2;', ['SELECT 1', 'SELECT 2'], 'mysql');
  checkAsked("SELECT 'not closed", []);
  checkAsked('SELECT (1', []);
  checkAsked(`SELECT '${'x'.repeat(32 * 1024)}';`, []);

  it('any text', () => {
    for (const text of oddTexts) for (const dialect of dialects) askedStatements(text, dialect);
  });
});

describe('database marks: where they stand', () => {
  checkMark(
    "COPY customers FROM '/x'; SELECT «nofn»(name) FROM customers",
    'function nofn(text) does not exist',
    7 /* of the statement */,
  );
  // Offsets are UTF-16 units: each elephant is two of them.
  checkMark("SELECT '🐘🐘', name «+» 1 FROM customers;", 'operator does not exist: text + integer', 20);
  checkMark('SELECT name FROM customers GROUP BY «amount»', 'column "amount" says nothing');
  checkMark('SELECT «name», name FROM customers', 'column "name" stands twice');
  checkMark('SELECT t.name, «name» FROM customers t', 'Column \'name\' in field list is ambiguous', undefined, 'mysql'); // prettier-ignore
  checkMark('SELECT name, c.«nme» FROM customers c', "Unknown column 'c.nme' in 'field list'", undefined, 'mysql'); // prettier-ignore
  checkMark('SELECT «nofn»(1)', 'FUNCTION shop.nofn does not exist', undefined, 'mysql');
  checkMark(
    'SELECT «sum»(sum(id)) FROM customers',
    'misuse of aggregate function sum()',
    undefined,
    'sqlite',
  );
  checkMark('«SELECT» 1;', 'no place at all');
  checkMark("SELECT 1 FROM t WHERE «frm» = 'x'", 'no such column: frm', undefined, 'sqlite');
  checkMark('SELECT name FROM «customers»;', 'syntax error at end of input', 26);
  // Not written to its end, which the person knows.
  checkMark('SELECT name FROM customers WHERE', 'syntax error at end of input', 32);
  checkMark('SELECT name FROM', 'incomplete input', undefined, 'sqlite');
  // Only our connection lacks these.
  checkMark('SELECT regexp_like(name) FROM t;', 'no such function: regexp_like', undefined, 'sqlite');
  checkMark('SELECT * FROM other.things;', 'no such table: other.things', undefined, 'sqlite');
  checkMark('SELECT * FROM main.«thigs»;', 'no such table: main.thigs', undefined, 'sqlite');
  checkMark(
    'SELECT * FROM lake.main.t;',
    'Binder Error: Catalog "lake" does not exist!',
    undefined,
    'duckdb',
  );
  checkMark("SELECT * FROM 'a.csv';", 'Catalog Error: Table with name a.csv does not exist!', 14, 'duckdb');
  checkMark(
    'SELECT st_point(1, 2);',
    'Catalog Error: Scalar Function with name "st_point" is not in the catalog, but it exists in the spatial extension.',
    7,
    'duckdb',
  );
});

describe('database marks: never both for one fault', () => {
  checkBeside('SELECT nme FROM customers', 'column "nme" does not exist', ['Unknown column nme.'], 7);
  checkBeside('SELECT 1 FROM custmers', 'relation "custmers" does not exist', ['Unknown table custmers.']);
  checkBeside('SELECT nme FROM customers', 'division by zero', ['Unknown column nme.'], 7);
  checkBeside(
    'INSERT INTO customers (id, name) VALUES (1)',
    'INSERT has more target columns than expressions',
    ['1 value for 2 columns.'],
  );
  checkBeside(
    'SELECT nme, name + 1 FROM customers',
    'operator does not exist: text + integer',
    ['Unknown column nme.', 'operator does not exist: text + integer'],
    17,
  );
});

describe('database verdicts', () => {
  const statements = (text: string) => askedStatements(text, 'postgres');
  const refused: Verdict = { ok: false, message: 'no' };

  it('are asked for one at a time, nearest to the cursor first', async () => {
    const verdicts = new DatabaseVerdicts();
    const sent: string[] = [];
    let running = 0;
    const validate = async (sql: string): Promise<Verdict> => {
      assert.equal(++running, 1);
      sent.push(sql);
      await Promise.resolve();
      running--;
      return sql.includes('2') ? refused : { ok: true };
    };
    const text = 'SELECT 1; SELECT 2; SELECT 3;';
    assert.equal(await verdicts.ask('a', statements(text), text.length, validate, never), true);
    assert.deepEqual(sent, ['SELECT 3', 'SELECT 2', 'SELECT 1']);
    // What was refused may be right by now; it is asked again, and nothing else.
    assert.equal(await verdicts.ask('a', statements(text), 0, validate, never), false);
    assert.deepEqual(sent.slice(3), ['SELECT 2']);
    assert.deepEqual(
      statements(text).map((one) => verdicts.known('a', one)),
      [{ ok: true }, refused, { ok: true }],
    );
    // Another schema is asked anew.
    assert.equal(await verdicts.ask('b', statements('SELECT 2'), 0, validate, never), true);
    assert.equal(sent.length, 5);
    const takes = (): Promise<Verdict> => Promise.resolve({ ok: true });
    assert.equal(await verdicts.ask('b', statements('SELECT 2'), 0, takes, never), true);
    assert.deepEqual(verdicts.known('b', statements('SELECT 2')[0] ?? assert.fail()), { ok: true });
  });

  it('that come after the text changed are dropped', async () => {
    const verdicts = new DatabaseVerdicts();
    const controller = new AbortController();
    const validate = (): Promise<Verdict> => {
      controller.abort();
      return Promise.resolve(refused);
    };
    const [one] = statements('SELECT 1; SELECT 2');
    assert.ok(one);
    const asked = verdicts.ask('a', statements('SELECT 1; SELECT 2'), 0, validate, controller.signal);
    assert.equal(await asked, false);
    assert.equal(verdicts.known('a', one), undefined);
  });

  it('of a lost connection or a cancelled question are none, and a silent database is left alone', async () => {
    const verdicts = new DatabaseVerdicts();
    const text = Array.from({ length: 9 }, (_, i) => `SELECT ${i};`).join('\n');
    let count = 0;
    const silent = () => {
      count++;
      return Promise.resolve(undefined);
    };
    assert.equal(await verdicts.ask('a', statements(text), 0, silent, never), false);
    assert.equal(count, 3);
    const cancelled = () => Promise.reject(new SqlAheadError('ERR_CANCELLED', 'Cancelled.'));
    assert.equal(await verdicts.ask('a', statements(text), 0, cancelled, never), false);
    // It is asked again when it is back.
    assert.equal(
      await verdicts.ask('a', statements('SELECT 1'), 0, () => Promise.resolve(refused), never),
      true,
    );
  });
});
