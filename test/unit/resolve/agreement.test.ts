/**
 * Ghost text and diagnostics agree on every name: what one calls invented, the other marks, and the other way round.
 * Checked over the corpus, whole and cut at every token, unchanged and with one name replaced by an unknown one.
 */
import assert from 'node:assert/strict';
import { dialects, type Schema } from '../../../server/src/schema/model';
import { resolveStatement } from '../../../server/src/resolve/resolve';
import { unknownIdentifiers } from '../../../server/src/resolve/unknownNames';
import { routineOf } from '../../../server/src/sql/statements/routines';
import { significant, tokenize } from '../../../server/src/sql/tokens';
import { corpus } from '../support/corpus';

const nowhere = 'zz_nowhere';

const whole = (text: string) => ({ from: 0, to: text.length });

/** What ghost text calls invented in a text that is at rest. */
function invented(text: string, schema: Schema): string[] {
  return unknownIdentifiers(text, 0, text.length, schema, schema.dialect).map(
    ({ from, name }) => `${from} ${name}`,
  );
}

/** What diagnostics mark, and what they are silent about because the schema does not tell. */
function marked(text: string, schema: Schema): { marks: string[]; doubts: string[] } {
  const resolved = resolveStatement(text, whole(text), schema, schema.dialect);
  const named = (which: typeof resolved) => which.map(({ from, name }) => `${from} ${name}`);
  return {
    marks: named(resolved.filter(({ problem }) => problem?.startsWith('unknown') === true)),
    doubts: named(resolved.filter(({ doubtful }) => doubtful === true)),
  };
}

/** The statement and its beginnings, each ended by a semicolon, so that nothing is still to come. */
function cuts(statement: string, ends: readonly number[]): string[] {
  return ends.map((end) => `${statement.slice(0, end)} ;`);
}

// A routine is read part by part.
const examples = corpus.filter(
  ({ statement, dialect }) => routineOf(statement, whole(statement), dialect) === undefined,
);

describe('ghost text and diagnostics', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(300_000);

  for (const dialect of dialects) {
    const own = examples.filter((one) => one.dialect === dialect);

    it(`${dialect}: no name of the schema is invented in a true statement, wherever it is cut`, () => {
      for (const { statement, schema } of own) {
        // What the statement itself introduces further down nobody can know before.
        const names = new Set(
          schema.tables.flatMap(({ name, columns }) => [name, ...columns.map((one) => one.name)].map(lower)),
        );
        for (const { to } of significant(tokenize(statement, dialect))) {
          // A word that a blank follows has ended.
          const text = statement.slice(0, /^\s/.test(statement.slice(to)) ? to + 1 : to);
          const isWritten = (one: string) => names.has(one.split(' ').slice(1).join(' ').toLowerCase());
          assert.deepEqual(invented(text, schema).filter(isWritten), [], text);
        }
      }
    });

    it(`${dialect}: the same names are invented and marked`, () => {
      for (const { statement, schema } of own) {
        const tokens = significant(tokenize(statement, dialect));
        for (const text of cuts(
          statement,
          tokens.map(({ to }) => to),
        )) {
          const { marks, doubts } = marked(text, schema);
          assert.deepEqual(invented(text, schema), [...marks, ...doubts].sort(byPlace), text);
        }
      }
    });

    it(`${dialect}: a name that nothing has is invented where it is marked`, () => {
      for (const { statement, schema } of own) {
        for (const { kind, from, to } of significant(tokenize(statement, dialect))) {
          if (kind !== 'word' && kind !== 'quoted') continue;
          const text = `${statement.slice(0, from)}${nowhere}${statement.slice(to)} ;`;
          const { marks, doubts } = marked(text, schema);
          assert.deepEqual(invented(text, schema), [...marks, ...doubts].sort(byPlace), text);
        }
      }
    });
  }
});

const lower = (name: string): string => name.toLowerCase();

const byPlace = (a: string, b: string): number => parseInt(a) - parseInt(b);
