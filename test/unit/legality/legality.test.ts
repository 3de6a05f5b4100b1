/**
 * Legal by construction: whatever a model answers, no illegal name is shown. Candidates come in random order from
 * pieces of names, keywords, punctuation and garbage, as from a model that has learnt nothing.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { legalChoice } from '../../../server/src/suggest/choose';
import { presentable } from '../../../server/src/suggest/presentable';
import type { Completion } from '../../../server/src/engine/engine';
import type { Schema } from '../../../server/src/schema/model';
import { tokenize } from '../../../server/src/sql/tokens';
import { legality } from '../../eval/typingScore';
import { schemaOf, shop } from '../support/schemas';

/** Without declared keys, with names that need quotes and names that are words of the language. */
const odd = schemaOf(`
  CREATE TABLE author (aid INTEGER, name TEXT, "order" TEXT);
  CREATE TABLE writes (aid INTEGER, pid INTEGER);
  CREATE TABLE publication (pid INTEGER, title TEXT, year INTEGER, "where published" TEXT);
  CREATE TABLE "group" (id INTEGER PRIMARY KEY, kind TEXT CHECK (kind IN ('a', 'b')));
`);

const prefixes = readFileSync('test/fixtures/legality/prefixes.txt', 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => line.replaceAll('\\n', '\n'))
  .map((line) =>
    /[\p{L}\p{N}_.(]$/u.test(line) &&
    !/^(?:select|from|where|on|join|by|set)$/i.test(line.split(' ').at(-1) ?? '')
      ? line
      : `${line} `,
  );

const words =
  'SELECT FROM WHERE JOIN ON AND OR GROUP BY ORDER HAVING LIMIT AS LEFT INNER IN NOT NULL IS LIKE BETWEEN DISTINCT COUNT SUM AVG UNION CASE WHEN THEN END DELETE DROP TABLE UPDATE INSERT WITH EXCEPT DESC';
const marks = [
  ' ',
  '\n',
  ',',
  '.',
  '(',
  ')',
  '*',
  '=',
  '<',
  ';',
  "'",
  '"',
  '-',
  '--',
  '/*',
  '\u0000',
  '\u0007',
  '1',
  '42',
  '',
];

function piecesOf(schema: Schema): string[] {
  const names = schema.tables.flatMap(({ name, columns }) => [name, ...columns.map((column) => column.name)]);
  const halves = names.flatMap((name) => [name, name.slice(0, 2), name.slice(2), name.slice(0, 1)]);
  const spaced = [...words.split(' '), ...names, 'c', 'o', 'xyz', 'total'].map((word) => ` ${word}`);
  return [...new Set([...marks, ...words.split(' '), ...halves, ...spaced, 'a', 'b', 'q', 'zq', 'did'])];
}

/** What a decoder makes of it: the piece chosen, or the first of all pieces on the way into one of the texts. */
function generate(before: string, schema: Schema, pieces: readonly string[], random: () => number) {
  const choose = legalChoice({ before, after: '', schema, dialect: schema.dialect });
  let text = '';
  for (let step = 0; step < 14; step++) {
    const order = pieces.map((piece) => ({ piece, at: random() })).sort((a, b) => a.at - b.at);
    const offered = order.slice(0, 24).map(({ piece }) => piece);
    const choice = choose(
      text,
      offered,
      offered.map((_, i) => -0.5 * (i + 1)),
    );
    const piece =
      typeof choice === 'object'
        ? order.find(({ piece: one }) => one !== '' && choice.oneOf.some((rest) => rest.startsWith(one)))
            ?.piece
        : choice === undefined
          ? undefined
          : offered[choice];
    if (piece === undefined) return { text, end: 'no-choice' as const };
    if (piece === '') return { text, end: 'end-of-text' as const };
    text += piece;
    if (piece === ';') return { text, end: 'stop' as const };
  }
  return { text, end: 'limit' as const };
}

function shown(before: string, { text, end }: Pick<Completion, 'text' | 'end'>, schema: Schema): string {
  return presentable({
    text: before,
    offset: before.length,
    statement: { from: 0, to: before.length },
    completion: text,
    end,
    schema,
    dialect: schema.dialect,
  });
}

/** Numbers from 0 to 1, the same ones for a seed (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Verbs the text holds outside comments, strings and names. */
function verbs(text: string, schema: Schema): string[] {
  return tokenize(text, schema.dialect)
    .filter(({ kind }) => kind === 'word')
    .map(({ from, to }) => text.slice(from, to).toLowerCase())
    .filter((word) => /^(?:delete|drop|insert|update|truncate|alter)$/.test(word));
}

describe('a model that answers garbage', function () {
  this.timeout(60_000);
  for (const [name, schema] of [
    ['keys', shop],
    ['no keys, odd names', odd],
  ] as const) {
    const pieces = piecesOf(schema);
    it(`never gets an illegal name shown: ${name}`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...prefixes), fc.integer(), (before, seed) => {
          const random = numbersOf(seed);
          const completion = shown(before, generate(before, schema, pieces, random), schema);
          const text = before + completion;
          const unknownBefore = legality('', before, schema).invalid;
          const invalid = legality(before, completion, schema).invalid.filter(
            (one) => !unknownBefore.includes(one),
          );
          assert.deepEqual(invalid, [], text);
          assert.doesNotMatch(completion, /(?![\t\n\r])\p{Cc}/u);
          assert.deepEqual(verbs(text, schema), verbs(before, schema), text);
          assert.ok(
            tokenize(text, schema.dialect).every(
              ({ kind, from }) => kind !== 'comment' || from < before.length,
            ),
            text,
          );
        }),
        {
          numRuns: Number(process.env['SQL_AHEAD_RUNS'] ?? 60),
          seed: Number(process.env['SQL_AHEAD_SEED'] ?? 7),
        },
      );
    });
  }
});
