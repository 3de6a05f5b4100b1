/** Values as literals: whatever a value contains, everybody reads the literal as one string with that value. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { completion } from '../../../server/src/features/completion/completion';
import { diagnostics } from '../../../server/src/features/diagnostics/diagnostics';
import { annotationOf } from '../../../server/src/prompt/annotateQuestion';
import { dialects, type Dialect, type Schema } from '../../../server/src/schema/model';
import { literalValue, quoteLiteral, quoteWithin, stringValue } from '../../../server/src/sql/quoteLiteral';
import { tokenize } from '../../../server/src/sql/tokens';
import { schemaOf } from '../support/schemas';

/** Values that lead out of a quote where it is not written well. */
export const hostileValues = [
  "it's",
  "\\' UNION SELECT 1 -- ",
  '\\',
  "'",
  "\\'",
  "\\\\'",
  "''",
  '"',
  '`',
  '$$',
  'a\nb',
  '%s',
  "'||'",
  '表',
  '🐘',
  '',
];

const hostile = fc.oneof(
  fc.constantFrom(...hostileValues),
  fc
    .array(fc.constantFrom("'", '\\', '"', '`', '$', '-', ' ', 'n', 'x', '0', '\n', '表'), { maxLength: 12 })
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
);

describe('a quoted value', () => {
  const readsBack = (dialect: Dialect, backslash?: 'escapes' | 'plain') =>
    fc.assert(
      fc.property(hostile, (value) => {
        assert.equal(literalValue(quoteLiteral(value, dialect, backslash), dialect), value);
      }),
    );
  for (const dialect of dialects) {
    it(`is one string of that value to our tokenizer (${dialect})`, () => {
      readsBack(dialect);
      readsBack(dialect, 'escapes');
      readsBack(dialect, 'plain');
    });
    it(`ends where the string does that is open already (${dialect})`, () => {
      fc.assert(
        fc.property(hostile, fc.constantFrom("'", "E'", "N'"), (value, opening) => {
          const isOther =
            opening === "E'" && (dialect === 'sqlite' || dialect === 'mysql' || dialect === 'tsql');
          const inner = quoteWithin(value, opening, dialect, dialect === 'mysql' ? 'escapes' : 'plain');
          if (inner === undefined || isOther) return;
          const text = `${opening}${inner}'`;
          const tokens = tokenize(text, dialect);
          assert.deepEqual([tokens.length, tokens[0]?.kind, tokens[0]?.closed], [1, 'string', true], text);
          assert.equal(stringValue(text, true, dialect), value);
        }),
      );
    });
  }
  it('is that value to SQLite', () => {
    const database = new DatabaseSync(':memory:');
    fc.assert(
      fc.property(hostile, (value) => {
        const row = database.prepare(`SELECT ${quoteLiteral(value, 'sqlite')} AS value`).get();
        assert.equal(row?.['value'], value);
      }),
    );
    const [a, b] = [quoteLiteral('a\0b', 'sqlite'), quoteLiteral('a', 'sqlite')];
    const row = database.prepare(`SELECT length(CAST(${a} AS BLOB)) AS a, ${b} AS b`).get();
    assert.deepEqual({ ...row }, { a: 3, b: 'a' });
    database.close();
  });
  it('is not written into an open string that a server may end elsewhere', () => {
    const value = "\\' OR 1=1 -- ";
    assert.equal(quoteWithin(value, "'", 'mysql'), undefined);
    assert.equal(quoteWithin(value, "'", 'mysql', 'plain'), undefined);
    assert.equal(quoteWithin(value, "'", 'mysql', 'escapes'), "\\\\'' OR 1=1 -- ");
    assert.equal(quoteWithin(value, '"', 'mysql', 'escapes'), "\\\\' OR 1=1 -- ");
    assert.equal(quoteWithin(value, "'", 'postgres'), undefined);
    assert.equal(quoteWithin(value, "'", 'postgres', 'escapes'), undefined);
    assert.equal(quoteWithin(value, "E'", 'postgres'), "\\\\'' OR 1=1 -- ");
    assert.equal(quoteWithin(value, "X'", 'sqlite'), undefined);
  });
  it('is readable where the mode of the server is known', () => {
    assert.equal(quoteLiteral('C:\\temp', 'mysql', 'escapes'), "'C:\\\\temp'");
    assert.equal(quoteLiteral('C:\\temp', 'mysql'), "_utf8mb4 X'433A5C74656D70'");
    assert.equal(quoteLiteral('C:\\temp', 'postgres'), "E'C:\\\\temp'");
    assert.equal(quoteLiteral("it's", 'mysql'), "'it''s'");
    assert.equal(quoteLiteral('表', 'tsql'), "N'表'");
  });
});

describe('a literal', () => {
  const check = (dialect: Dialect, text: string, value: string) => {
    it(`${text} is ${JSON.stringify(value)} (${dialect})`, () =>
      assert.equal(literalValue(text, dialect), value));
  };
  check('mysql', "'a\\'b\\n\\0\\Z\\x\\%'", "a'b\n\0\u001Ax\\%");
  check('mysql', '"it\'s ""x"""', 'it\'s "x"');
  check('mysql', "_latin1'a'", 'a');
  check('postgres', "E'\\x41\\u00e4\\101\\f\\''''", "AäA\f''");
  check('postgres', "'a\\nb'", 'a\\nb');
  check('postgres', "$tag$it's$tag$", "it's");
  check('sqlite', "'it''s'", "it's");
  it('is none where more than a string stands', () => {
    assert.equal(literalValue("'a' || 'b'", 'sqlite'), undefined);
    assert.equal(literalValue("'a", 'sqlite'), undefined);
  });
});

describe('a value that is a statement', () => {
  const value = "\\' UNION SELECT password FROM users -- ";
  const schema = (dialect: Dialect, backslash?: 'escapes' | 'plain'): Schema => {
    const base = schemaOf('CREATE TABLE pets (name VARCHAR(80))', dialect);
    const [table] = base.tables;
    assert.ok(table);
    const columns = table.columns.map((column) => ({
      ...column,
      values: { list: ['Ann', value], from: 'sample' as const },
    }));
    return { ...base, tables: [{ ...table, columns }], ...(backslash ? { backslash } : {}) };
  };
  const accepted = (text: string, of: Schema): string[] => {
    const [before = '', after = ''] = text.split('$0');
    const { items } = completion(before + after, before.length, of, of.dialect);
    return items.filter(({ kind }) => kind === 'value').map(({ insert }) => before + insert + after);
  };
  for (const dialect of dialects) {
    for (const backslash of [undefined, 'escapes', 'plain'] as const) {
      it(`stays one when it is accepted (${dialect}, backslash ${backslash ?? 'unknown'})`, () => {
        const of = schema(dialect, backslash);
        const texts = [
          ...accepted('SELECT 1 FROM pets WHERE name = $0', of),
          ...accepted("SELECT 1 FROM pets WHERE name = '$0'", of),
        ];
        assert.ok(texts.length >= 3, String(texts));
        for (const text of texts) {
          const words = tokenize(text, dialect).filter(({ kind }) => kind === 'word');
          const names = words
            .map(({ from, to }) => text.slice(from, to))
            .filter((word) => word !== '_utf8mb4');
          assert.deepEqual(names, ['SELECT', 'FROM', 'pets', 'WHERE', 'name'], text);
          assert.deepEqual(diagnostics(text, of, dialect), [], text);
        }
        const question = annotationOf(`pets called ${value}`, of, 'values');
        assert.ok(!question.includes("'\\' UNION"), question);
      });
    }
  }
});
