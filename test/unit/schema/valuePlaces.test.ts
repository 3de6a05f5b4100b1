/** Finding the columns of values that a question names, and what the prompt says about them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { annotateQuestion, annotationOf } from '../../../server/src/prompt/annotateQuestion';
import type { Schema } from '../../../server/src/schema/model';
import { CatalogCache } from '../../../server/src/schema/catalogCache';
import { sampleColumns, sampleQuery } from '../../../server/src/schema/sources/samples';
import { temporaryFolders } from '../support/folders';
import { schemaOf, withSeen } from '../support/schemas';

const plain = schemaOf(`
  CREATE TABLE owners (id INTEGER PRIMARY KEY, full_name TEXT, city TEXT, status TEXT);
  CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT, kind TEXT, owner_id INTEGER REFERENCES owners);
  CREATE TABLE clinics (id INTEGER PRIMARY KEY, city TEXT, "opening hours" TEXT);
`);

const schema = withSeen(plain, {
  'owners.full_name': ['Ann Smith', "Ben O'Hara", 'Carla'],
  'owners.city': ['New York', 'York', 'Rome'],
  'owners.status': ['active', 'status'],
  'pets.kind': ['cat', 'dog', 'T'],
  'pets.name': ['Rome', 'Name', '2023'],
  'clinics.city': ['Rome'],
  'clinics.opening hours': ['morning'],
});

function check(question: string, expected: string): void {
  assert.equal(annotationOf(question, schema, 'values'), expected === '' ? '' : ` (${expected})`);
}

describe('valuePlaces', () => {
  it('finds whole values, the longest first, as the database spells them', () => {
    check('pets of ann smith', "owners.full_name = 'Ann Smith'");
    check('owners in new york', "owners.city = 'New York'");
    check('owners in York', "owners.city = 'York'");
    check("what is Ben O'Hara's city", "owners.full_name = 'Ben O''Hara'");
  });

  it('finds plurals', () => check('how many cats are there', "pets.kind = 'cat'"));

  it('prefers places whose column or table the question names', () => {
    check('clinics in Rome', "clinics.city = 'Rome'; owners.city = 'Rome'; pets.name = 'Rome'");
    check('pets called Rome', "pets.name = 'Rome'; owners.city = 'Rome'; clinics.city = 'Rome'");
  });

  it('takes no word of the language or of the schema for a value', () => {
    check('name and status of all pets', '');
    check('which pets have a T', '');
  });

  it('takes a quoted word or a capital one', () => {
    check('owners with the status "status"', "owners.status = 'status'");
    check('everything of Carla', "owners.full_name = 'Carla'");
  });

  it('takes no bare number', () => check('pets born in 2023', ''));

  it('quotes what must be quoted', () =>
    check('clinics open in the morning', `clinics."opening hours" = 'morning'`));

  it('says each place once, and not many', () => {
    check('cat and cat and cats', "pets.kind = 'cat'");
    check(
      'Ann Smith, Carla, New York, York, cat, dog',
      "owners.full_name = 'Ann Smith'; owners.full_name = 'Carla'; owners.city = 'New York'; owners.city = 'York'",
    );
  });

  it('is one line without end of comment, whatever the values are', () => {
    const odd = (value: string): Schema => ({
      ...plain,
      tables: plain.tables.map((table) => ({
        ...table,
        columns: table.columns.map((column) => ({ ...column, seen: [value] })),
      })),
    });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const text = annotationOf(`pets of ${value} and ${value}`, odd(value), 'values');
        assert.doesNotMatch(text, /[\n\r\p{Cc}\u2028\u2029]/u);
      }),
    );
  });
});

describe('annotateQuestion', () => {
  const places = "(pets.kind = 'cat')";
  const cases: [string, string, string][] = [
    ['a line comment', '\n-- all cats\nSELECT ', `\n-- all cats ${places}\nSELECT `],
    ['several lines', '-- all\n-- cats\nSELECT ', `-- all\n-- cats ${places}\nSELECT `],
    ['a block comment', '/* all cats */\nSELECT ', `/* all cats ${places} */\nSELECT `],
    ['a comment still being typed', '-- all cats', '-- all cats'],
    ['a block comment still being typed', '/* all cats', '/* all cats'],
    ['a comment below', 'SELECT 1 -- cats\n', 'SELECT 1 -- cats\n'],
    ['no comment', 'SELECT kind FROM pets', 'SELECT kind FROM pets'],
  ];
  for (const [title, statement, expected] of cases)
    it(title, () => assert.equal(annotateQuestion(statement, schema, 'values'), expected));

  it('a key behind the comment changes only the end', () => {
    const text = '-- all cats\nSELECT name FROM pets';
    const annotated = (part: string): string => annotateQuestion(part, schema, 'values');
    const first = text.indexOf('\n') + 1;
    for (let length = first + 1; length <= text.length; length++)
      assert.ok(
        annotated(text.slice(0, length)).startsWith(annotated(text.slice(0, length - 1))),
        text.slice(0, length),
      );
  });
});

describe('sampleColumns', () => {
  const rows = (values: readonly unknown[]) => values.map((kind) => ({ kind, name: null }));
  const sampled = async (values: readonly unknown[]) => {
    const [, pets] = await sampleColumns(plain.tables.slice(0, 2), 'sqlite', (sql) =>
      Promise.resolve(sql.includes('"pets"') ? rows(values) : []),
    );
    return pets?.columns.find(({ name }) => name === 'kind');
  };

  it('few different values are the values', async () => {
    const column = await sampled(['dog', 'cat', 'cat', 'dog', 'cat', 'cat', null, '']);
    assert.deepEqual([column?.values, column?.seen], [{ list: ['cat', 'dog'], from: 'sample' }, undefined]);
  });

  it('values that do not repeat are only seen', async () => {
    const column = await sampled(['dog', 'cat', 'hare']);
    assert.deepEqual([column?.values, column?.seen], [undefined, ['dog', 'cat', 'hare']]);
  });

  it('texts, blobs and nothing are no values', async () => {
    for (const values of [
      ['dog', 'x'.repeat(61)],
      [new Uint8Array(2), 'a'],
      [null, ''],
    ]) {
      const column = await sampled(values);
      assert.deepEqual([column?.values, column?.seen], [undefined, undefined]);
    }
  });

  it('reads beginnings of the first rows only', () => {
    const [table] = schemaOf('CREATE TABLE "a ""b" (x TEXT)').tables;
    assert.ok(table);
    assert.equal(
      sampleQuery(table, table.columns, 'sqlite'),
      'SELECT SUBSTR("x", 1, 61) AS "x" FROM "a ""b" LIMIT 1000',
    );
  });

  it('a table that cannot be read stays as it is', async () => {
    const tables = await sampleColumns(plain.tables, 'sqlite', () => Promise.reject(new Error('no')));
    assert.deepEqual(tables, plain.tables);
  });
});

describe('CatalogCache', () => {
  const folder = temporaryFolders();

  it('keeps no values that were only seen', async () => {
    const at = folder();
    const cache = new CatalogCache(at);
    await cache.save('a', schema);
    assert.deepEqual(await cache.load('a'), plain);
    for (const file of readdirSync(at))
      assert.doesNotMatch(readFileSync(path.join(at, file), 'utf8'), /Carla/);
  });
});
