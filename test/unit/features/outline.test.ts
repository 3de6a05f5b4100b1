/** Folding and the outline by example. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { folds } from '../../../server/src/features/folding';
import { symbols, type Symbol } from '../../../server/src/features/symbols';
import { dialects, type Dialect } from '../../../server/src/schema/model';
import { oddTexts } from '../support/schemas';

const line = (text: string, offset: number): number => text.slice(0, offset).split('\n').length - 1;

/** Folds as `kind first-last`, lines counted from 0. */
function checkFolds(text: string, expected: string, dialect: Dialect = 'sqlite'): void {
  it(`folds ${JSON.stringify(text).slice(1, 90)}`, () => {
    const told = folds(text, dialect).map(
      ({ kind, from, to }) => `${kind} ${line(text, from)}-${line(text, to)}`,
    );
    assert.equal(told.join(', '), expected);
  });
}

describe('folding', () => {
  checkFolds('SELECT 1', '');
  checkFolds('SELECT\n  1;', 'statement 0-1');
  checkFolds('SELECT 1;\n\nSELECT\n 2', 'statement 2-3');
  checkFolds('-- a\n-- b\nSELECT\n1', 'comment 0-1, statement 2-3');
  checkFolds('-- a\n\n-- b\nSELECT\n1', 'statement 3-4');
  checkFolds('/* a\n b */ SELECT 1', 'comment 0-1');
  checkFolds('SELECT (\n  SELECT 1\n)', 'statement 0-2, parenthesis 0-1');
  checkFolds('CREATE TABLE t (\n  a INT,\n  b INT\n);', 'statement 0-3, parenthesis 0-2');
  checkFolds('WITH t AS (\n  SELECT 1\n)\nSELECT * FROM t', 'statement 0-3, parenthesis 0-1');
  checkFolds('-- #region A\nSELECT 1;\n-- #endregion', 'region 0-2');
  checkFolds('-- region\nSELECT 1;\n-- endregion', 'region 0-2');
  checkFolds('# a\n# b\nSELECT 1', 'comment 0-1', 'mysql');
  checkFolds('SELECT (\n(\n1', 'statement 0-2');
  checkFolds('-- #endregion\nSELECT 1', '');
});

/** Symbols as `kind:name`, children in brackets. */
function told(all: readonly Symbol[]): string {
  return all
    .map(({ kind, name, children }) => `${kind}:${name}${children.length > 0 ? `[${told(children)}]` : ''}`)
    .join(', ');
}
function checkSymbols(text: string, expected: string, dialect: Dialect = 'sqlite'): void {
  it(`outlines ${JSON.stringify(text).slice(1, 90)}`, () =>
    assert.equal(told(symbols(text, dialect)), expected));
}

describe('document symbols', () => {
  checkSymbols('', '');
  checkSymbols('SELECT * FROM a JOIN b ON 1', 'query:SELECT a, b');
  checkSymbols('SELECT 1; INSERT INTO t VALUES (1)', 'query:SELECT, change:INSERT t');
  checkSymbols('UPDATE orders SET a = 1', 'change:UPDATE orders');
  checkSymbols('DELETE FROM orders', 'change:DELETE orders');
  checkSymbols('CREATE TABLE IF NOT EXISTS main.t (a INT)', 'table:CREATE TABLE main.t');
  checkSymbols('CREATE OR REPLACE VIEW v AS SELECT 1', 'view:CREATE VIEW v');
  checkSymbols('CREATE MATERIALIZED VIEW v AS SELECT 1', 'view:CREATE VIEW v', 'postgres');
  checkSymbols('CREATE UNIQUE INDEX i ON t (a)', 'other:CREATE INDEX i');
  checkSymbols('DROP TABLE "Order Details"', 'other:DROP TABLE Order Details');
  checkSymbols(
    'WITH x AS (SELECT 1), y AS (SELECT 2) SELECT * FROM x, y',
    'query:SELECT x, y[common table:x, common table:y]',
  );
  checkSymbols('WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x', 'change:INSERT t, x[common table:x]');
  checkSymbols('SELECT * FROM (SELECT * FROM a) d', 'query:SELECT');
  checkSymbols('PRAGMA table_info(t)', 'other:PRAGMA');
  checkSymbols(';;', '');
  checkSymbols('-- only a comment', '');

  it('tells the comment above', () => {
    const [symbol] = symbols('-- who ordered most\nSELECT * FROM orders', 'sqlite');
    assert.equal(symbol?.detail, 'who ordered most');
  });

  it('keeps ranges inside one another, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...oddTexts),
        fc.nat(),
        fc.constantFrom(...dialects),
        (odd, cut, dialect) => {
          const text = odd.slice(0, cut % (odd.length + 1));
          const check = ({ from, to, nameFrom, nameTo, children }: Symbol): void => {
            assert.ok(from <= nameFrom && nameTo <= to && to <= text.length);
            children.forEach(check);
          };
          symbols(text, dialect).forEach(check);
          for (const fold of folds(text, dialect)) assert.ok(fold.from < fold.to && fold.to <= text.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});
