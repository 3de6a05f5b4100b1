/**
 * Whatever a file contains, everything that reads it ends, throws nothing, and answers with offsets inside the text:
 * very deep, long and many; control characters and half characters; correct statements cut and joined. Without clocks:
 * work that grows with the square of these sizes would exceed a test's time-out.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { placeAt } from '../../../server/src/suggest/place';
import { completion } from '../../../server/src/features/completion/completion';
import { definition } from '../../../server/src/features/definition';
import { diagnostics } from '../../../server/src/features/diagnostics/diagnostics';
import { folds } from '../../../server/src/features/folding';
import { formatChanges } from '../../../server/src/features/format';
import { hover } from '../../../server/src/features/hover/hover';
import { planCompletion, shownText } from '../../../server/src/suggest/plan';
import { symbols } from '../../../server/src/features/symbols';
import { detectDialect, parseDdl } from '../../../server/src/schema/ddl/readDdl';
import { dialects, type Dialect, type Schema } from '../../../server/src/schema/model';
import { unknownIdentifiers } from '../../../server/src/resolve/unknownNames';
import { scopeAt } from '../../../server/src/sql/shape/scope';
import { splitStatements, statementAt } from '../../../server/src/sql/statements/statements';
import { oddTexts, shop } from '../support/schemas';

const schemas = Object.fromEntries(dialects.map((dialect) => [dialect, { ...shop, dialect }])) as Record<
  Dialect,
  Schema
>;

/** Everything that is asked with a cursor. */
function readAt(text: string, offset: number, dialect: Dialect): void {
  const schema = schemas[dialect];
  const statement = statementAt(text, offset, dialect);
  assert.ok(statement.from <= offset && offset <= statement.to && statement.to <= text.length);
  scopeAt(text, statement, offset, dialect);
  hover(text, offset, schema, dialect);
  definition(text, offset, schema, dialect);
  const list = completion(text, offset, schema, dialect);
  assert.ok(0 <= list.from && list.from <= offset && offset <= list.to && list.to <= text.length);
  const place = placeAt(text, offset, 1, dialect);
  const plan = planCompletion(place, schema, { maxTokens: 48, canFill: true });
  if (plan === undefined) return;
  plan.choose('', [' ', 'name', '(', "'", '\u0000', ';', ''], [-1, -2, -3, -4, -5, -6, -7]);
  shownText(place, plan, { text: `${plan.typed} name FROM customers`, end: 'stop' });
}

/** Everything that is asked of a whole text. */
function readWhole(text: string, dialect: Dialect): void {
  const within = ({ from, to }: { from: number; to: number }): void =>
    assert.ok(0 <= from && from <= to && to <= text.length);
  let last = 0;
  for (const statement of splitStatements(text, dialect)) {
    within(statement);
    assert.ok(statement.from >= last);
    last = statement.to;
  }
  const problems = diagnostics(text, schemas[dialect], dialect);
  assert.ok(problems.length <= 500);
  for (const { fixes, ...range } of problems) [range, ...fixes].forEach(within);
  folds(text, dialect).forEach(within);
  symbols(text, dialect).forEach(within);
  formatChanges(text, 0, text.length, dialect, {
    tabSize: 2,
    insertSpaces: true,
    keywordCase: 'preserve',
  }).forEach(within);
  parseDdl(text, dialect);
  detectDialect(text);
}

function check(name: string, text: string, ...only: Dialect[]): void {
  for (const dialect of only.length > 0 ? only : (['postgres'] as const))
    it(`${name}: ${dialect}`, () => {
      readWhole(text, dialect);
      for (const at of [text.length >> 1, text.length]) readAt(text, at, dialect);
    });
}

const many = (count: number, part: (i: number) => string, between = ''): string =>
  Array.from({ length: count }, (_, i) => part(i)).join(between);

describe('any text', function () {
  // Ends is what is tested; a machine that is busy elsewhere must not fail it.
  this.timeout(120_000);

  describe('that is deep', () => {
    check('brackets that close', `SELECT ${'('.repeat(5000)}name${')'.repeat(5000)} FROM customers`);
    check('brackets that do not', `SELECT ${'('.repeat(5000)}name`);
    check('square brackets', `SELECT a${'['.repeat(5000)}1${']'.repeat(5000)}`, 'postgres', 'tsql');
    check('brackets around a table', `SELECT * FROM ${'('.repeat(5000)}customers${')'.repeat(5000)}`);
    check('derived tables', `${'SELECT name FROM ('.repeat(3000)}customers${') x'.repeat(3000)}`);
    check('derived tables that do not close', 'SELECT * FROM ('.repeat(3000));
    check('subqueries', `${'SELECT 1 FROM orders WHERE id IN ('.repeat(1000)}1${')'.repeat(1000)}`);
    check('CASE', `SELECT ${'CASE WHEN id = 1 THEN '.repeat(3000)}1${' END'.repeat(3000)} FROM orders`);
    check('UNION in brackets', `${'(SELECT id FROM orders UNION '.repeat(1000)}SELECT 1${')'.repeat(1000)}`);
    check('blocks', `CREATE PROCEDURE p() ${'BEGIN '.repeat(3000)}${'END; '.repeat(3000)}`, 'mysql', 'tsql');
    check('defaults', `CREATE TABLE t (a int DEFAULT ${'('.repeat(5000)}1${')'.repeat(5000)})`);
  });

  describe('that is long', () => {
    const on = (i: number) => ` JOIN orders t${i + 1} ON t${i + 1}.customer_id = t${i}.id`;
    check('3,000 joins', `SELECT t1.id FROM customers t0${many(3000, on)} WHERE t9.`);
    check(
      '3,000 joins without qualifiers',
      `SELECT id FROM customers${many(3000, (i) => ` JOIN orders t${i} ON amount = id`)}`,
    );
    const rest = (i: number) => `c${i} AS (SELECT * FROM ${i === 0 ? 'customers' : `c${i - 1}`})`;
    check('3,000 common tables', `WITH ${many(3000, rest, ', ')} SELECT name FROM c2999 WHERE `);
    check(
      'common tables in a ring',
      `WITH RECURSIVE ${many(1000, (i) => `c${i} AS (SELECT * FROM c${(i + 1) % 1000})`, ', ')} SELECT * FROM c0`,
    );
    check(
      '3,000 parts of a UNION',
      many(3000, () => 'SELECT name FROM customers', ' UNION '),
    );
    check('rows', `INSERT INTO customers (id, name) VALUES ${many(5000, (i) => `(${i}, 'x')`, ', ')}`);
    check('a line without a blank', 'a'.repeat(1_000_000), ...dialects);
    check('a line of one string', `SELECT '${'x'.repeat(1_000_000)}`, 'mysql', 'postgres');
    check('a path', `SELECT ${'a.'.repeat(10_000)}`);
    check('marks', `SELECT ${"'".repeat(100_001)}${'$'.repeat(100_001)}${'-'.repeat(100_000)}`, ...dialects);
    check('comments that do not close', `SELECT ${'/*'.repeat(50_000)}`, 'sqlite', 'postgres');
    check('empty statements', `(${';'.repeat(20_000)}`);
    check('statements in brackets', `SELECT (${'; a'.repeat(10_000)}`);
    check('GO on one line', 'GO '.repeat(20_000), 'tsql');
    check('empty lines', `${'\n'.repeat(200_000)}SELECT${'\r'.repeat(100_000)}1`, 'mysql');
    const line = (i: number) => `SELECT name FROM customers WHERE id = ${i};`;
    check('20,000 lines', many(20_000, line, '\n'));
    check(
      'queries behind empty lines in a bracket',
      `SELECT (${many(1000, () => 'SELECT id FROM orders', '\n\n')}`,
    );
  });

  it('a list of more items than a call has arguments, in a UNION', () => {
    const text = `SELECT ${many(150_000, (i) => `id a${i}`, ',')} FROM orders UNION SELECT 1`;
    assert.equal(symbols(text, 'postgres')[0]?.name, 'SELECT orders');
  });

  it('stars over stars are followed only as far as a person reads', () => {
    const doubled = (i: number) => {
      const from = i === 0 ? 'customers' : `c${i - 1}`;
      return `c${i} AS (SELECT * FROM ${from} a JOIN ${from} b ON a.id = b.id)`;
    };
    const text = `WITH ${many(24, doubled, ', ')} SELECT nothing FROM c23 WHERE `;
    readWhole(text, 'postgres');
    readAt(text, text.length, 'postgres');
    // 2^24 columns are taken for unknown, so that none is wrong.
    assert.deepEqual(diagnostics(text, schemas.postgres, 'postgres'), []);
  });

  it('names a few of many tables that a column may be of', () => {
    const text = `SELECT amount FROM ${many(200, (i) => `orders t${i}`, ', ')}`;
    const [problem] = diagnostics(text, schemas.postgres, 'postgres');
    assert.equal(
      problem?.message,
      'Column amount is in more than one table: t0, t1, t2, t3, t4 and 195 more.',
    );
    assert.equal(problem.fixes.length, 5);
  });

  const folder = path.resolve('test/fixtures/corpus');
  const corpus = dialects.flatMap((dialect) =>
    readdirSync(path.join(folder, dialect)).map((file) =>
      readFileSync(path.join(folder, dialect, file), 'utf8'),
    ),
  );
  const odd = fc.constantFrom(
    ...oddTexts,
    ...['\u0000', '\ud83d', '\udca5', '\r', '\r\n', '\n\n', "'", '"', '`', '[', '/*', '*/', '$$', '$a$'],
    ...['(', ')', ';', '.', ',', 'BEGIN ', 'END ', 'WITH ', 'UNION ', ' FROM ', '{{', '\u202e', '\ufeff'],
  );
  /** A piece of a true file, from anywhere to anywhere. */
  const piece = fc
    .tuple(fc.constantFrom(...corpus), fc.nat(), fc.nat({ max: 400 }))
    .map(([text, at, length]) => text.slice(at % (text.length + 1)).slice(0, length));
  const spliced = fc
    .array(fc.oneof(piece, odd, fc.string({ unit: 'binary', maxLength: 12 })), { minLength: 1, maxLength: 8 })
    .map((parts) => parts.join(''));
  const endings = fc.constantFrom('\n', '\r\n', '\r');

  it('cut and spliced of true statements', () => {
    fc.assert(
      fc.property(
        spliced,
        endings,
        fc.constantFrom(...dialects),
        fc.nat(),
        (parts, ending, dialect, place) => {
          const text = parts.replaceAll('\n', ending);
          const offset = place % (text.length + 1);
          readWhole(text, dialect);
          readAt(text, offset, dialect);
          unknownIdentifiers(text, offset >> 1, offset, schemas[dialect], dialect);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('a string, name or comment that is begun anywhere in a true file', () => {
    const begins = fc.constantFrom("'", '"', '`', '[', '/*', '$$', '$x$', '--', '#', "E'\\");
    fc.assert(
      fc.property(
        fc.constantFrom(...corpus),
        fc.nat(),
        begins,
        fc.constantFrom(...dialects),
        (whole, place, mark, dialect) => {
          const at = place % (whole.length + 1);
          const text = whole.slice(0, at) + mark + whole.slice(at);
          readWhole(text, dialect);
          readAt(text, at + mark.length, dialect);
        },
      ),
      { numRuns: 30 },
    );
  });
});
