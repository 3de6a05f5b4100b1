/** Formatting: what is laid out, what stays, and that only layout and letter case ever change. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatChanges, largestFormatted, type FormatOptions } from '../../../server/src/features/format';
import { dialects, type Dialect } from '../../../server/src/schema/model';
import { tokenize } from '../../../server/src/sql/tokens';
import { oddTexts } from '../support/schemas';

const usual: FormatOptions = { tabSize: 2, insertSpaces: true, keywordCase: 'preserve' };

function formatted(text: string, dialect: Dialect, options = usual, from = 0, to = text.length): string {
  let result = text;
  for (const change of formatChanges(text, from, to, dialect, options).toReversed())
    result = result.slice(0, change.from) + change.text + result.slice(change.to);
  return result;
}
function check(
  text: string,
  expected: string,
  dialect: Dialect = 'sqlite',
  options: Partial<FormatOptions> = {},
): void {
  it(`${dialect}: ${JSON.stringify(text).slice(1, -1)}`, () => {
    assert.equal(formatted(text, dialect, { ...usual, ...options }), expected);
  });
}
/** Stays as it is. */
const checkStays = (text: string, dialect: Dialect = 'sqlite'): void => check(text, text, dialect);

describe('format', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('select a,b from t where x=1;', 'select\n  a,\n  b\nfrom\n  t\nwhere\n  x = 1;');
  check('select a from t', 'SELECT\n  a\nFROM\n  t', 'sqlite', { keywordCase: 'upper' });
  check('SELECT a FROM t', 'select\n    a\nfrom\n    t', 'sqlite', { keywordCase: 'lower', tabSize: 4 });
  check('SELECT a FROM t', 'SELECT\n\ta\nFROM\n\tt', 'sqlite', { insertSpaces: false });
  check('SELECT 1; SELECT 2;', 'SELECT\n  1;\nSELECT\n  2;');
  check('SELECT 1;\n\n\nSELECT 2;', 'SELECT\n  1;\n\n\nSELECT\n  2;');
  check('-- why\nSELECT 1;', '-- why\nSELECT\n  1;');
  check('SELECT a, -- first\n b FROM t;', 'SELECT\n  a, -- first\n  b\nFROM\n  t;');
  check("SELECT 'a  b' FROM t;", "SELECT\n  'a  b'\nFROM\n  t;");
  check('SELECT 1;\r\nSELECT 2;', 'SELECT\r\n  1;\r\nSELECT\r\n  2;');
  check('SELECT "Odd  Name" FROM t', 'SELECT\n  "Odd  Name"\nFROM\n  t');
  check("SELECT a::text, $1, E'\\n' FROM t", "SELECT\n  a::text,\n  $1,\n  E'\\n'\nFROM\n  t", 'postgres');
  check("SELECT data->>'a' FROM t", "SELECT\n  data ->> 'a'\nFROM\n  t", 'postgres');
  check('SELECT `a b` FROM t # why', 'SELECT\n  `a b`\nFROM\n  t # why', 'mysql');
  check('SELECT [a b] FROM t', 'SELECT\n  [a b]\nFROM\n  t', 'tsql');
  check('FROM t SELECT a', 'FROM\n  t\nSELECT\n  a', 'duckdb');
  check(
    'INSERT INTO t(a,b) VALUES(1,2) RETURNING id',
    'INSERT INTO\n  t (a, b)\nVALUES\n  (1, 2)\nRETURNING\n  id',
    'postgres',
  );
  check('CREATE TABLE t(a int,b text)', 'CREATE TABLE t (a int, b text)');

  // Operators are read by the dialect's own rule, and what is no SQL yet stays.
  for (const one of [
    '<<#>>',
    '*<>',
    '*<',
    '*>=',
    '&/&',
    '?@>',
    '?<@',
    '^<@',
    '%%',
    '<=|',
    '&@~',
    '@@@',
    '@>',
    '?|',
  ])
    check(`SELECT a ${one} b FROM t`, `SELECT\n  a ${one} b\nFROM\n  t`, 'postgres');
  check('SELECT a<<#>>-1,b[1:n] FROM t', 'SELECT\n  a <<#>>- 1,\n  b[1:n]\nFROM\n  t', 'postgres');
  for (const one of [
    ...['%s', '%(id)s', '${x}', "{{ ref('a  b') }}", '{x}', '@{x}', '#{x}', '<<x>>', ':x', '?', '?1', '$1'],
    ...[':"x"', ":'x'", 'a_${b}_c', '${a}${b}', '${s}.t', 't.${c}', '$(x)'],
  ])
    check(`SELECT a FROM t WHERE b = ${one}`, `SELECT\n  a\nFROM\n  t\nWHERE\n  b = ${one}`, 'postgres');
  check('SELECT ${f}(a),{g} (b) FROM {t}', 'SELECT\n  ${f}(a),\n  {g} (b)\nFROM\n  {t}', 'mysql');
  check(
    'SELECT a FROM t WHERE id=%s AND b IN (%(c)s)',
    'SELECT\n  a\nFROM\n  t\nWHERE\n  id = %s\n  AND b IN (%(c)s)',
    'mysql',
  );
  checkStays('SELECT a {% if x %} , b {% endif %} FROM t', 'postgres');
  checkStays('SELECT a {# from y #} FROM t', 'postgres');
  checkStays("SELECT '${x}'  , '{{ open", 'postgres');
  check('SELECT a FROM t \\gset p_', 'SELECT\n  a\nFROM\n  t \\gset p_', 'postgres');
  check(
    'SELECT a FROM t -- why\n\\gx\nSELECT 1;',
    'SELECT\n  a\nFROM\n  t -- why\n\\gx\nSELECT\n  1;',
    'postgres',
  );
  check('SELECT a FROM t\\G', 'SELECT\n  a\nFROM\n  t \\G', 'mysql');
  checkStays('SELECT 1\\; SELECT 2;', 'postgres');
  for (const line of ['.mode  column', '.print  (a', ".print it's  so"]) checkStays(line);
  checkStays(':r  a.sql', 'tsql');
  // The client's line takes the beginning of the comment; its end stays one.
  checkStays('!! /* a\n  b */', 'tsql');
  // White space that means something.
  check("SELECT 'two'\n'lines' FROM t", "SELECT\n  'two'\n  'lines'\nFROM\n  t", 'postgres');
  check("SELECT 'a'\r\n  'b'", "SELECT\r\n  'a'\r\n  'b'", 'postgres');
  check("SELECT 'a' 'b'", "SELECT\n  'a' 'b'");
  check('SELECT count(a),count (b) FROM t', 'SELECT\n  count(a),\n  count (b)\nFROM\n  t', 'mysql');
  check("SELECT 'a\nb',1;\r\nSELECT 2;", "SELECT\r\n  'a\nb',\r\n  1;\r\nSELECT\r\n  2;");
  check('select a from t /*! force  index (b) */', 'select\n  a\nfrom\n  t /*! force  index (b) */', 'mysql');
  check(
    "SELECT U&'d\\0061' UESCAPE '!', N'x', 1_000, 0b11",
    "SELECT\n  U&'d\\0061' UESCAPE '!',\n  N'x',\n  1_000,\n  0b11",
    'postgres',
  );
  check('select t.Value, Value from Value', 'SELECT\n  t.Value,\n  Value\nFROM\n  Value', 'mysql', {
    keywordCase: 'upper',
  });

  // Broken statements stay, the others do not wait for them.
  checkStays('SELECT (a FROM t');
  check('SELECT 1;\nSELECT ((;\nSELECT 2;', 'SELECT\n  1;\nSELECT ((;\nSELECT\n  2;');
  check('SELECT a[;\nSELECT 2;', 'SELECT a[;\nSELECT\n  2;', 'postgres');
  checkStays('');
  checkStays('  \n');
  checkStays("SELECT 'never closed");
  checkStays('\\d customers', 'postgres');
  checkStays('DELIMITER //\n', 'mysql');
  checkStays('GO\n', 'tsql');
  checkStays('CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE t SET a=1;   SELECT 2; END;');
  checkStays('CREATE FUNCTION f() RETURNS int AS $$ select   1 $$ LANGUAGE sql;', 'postgres');

  it('lays out only the statements that the range touches', () => {
    const text = 'SELECT 1;\nSELECT 2;\nSELECT 3;';
    assert.equal(formatted(text, 'sqlite', usual, 12, 13), 'SELECT 1;\nSELECT\n  2;\nSELECT 3;');
  });

  it('leaves a very large text alone', () => {
    const text = 'SELECT 1;\n'.repeat(Math.ceil(largestFormatted / 10) + 1);
    assert.deepEqual(formatChanges(text, 0, text.length, 'sqlite', usual), []);
  });

  /** Tokens as they are but for words' letter case, and where strings follow one another whether on another line. */
  const meaning = (text: string, dialect: Dialect): string[] => {
    const solid = tokenize(text, dialect).filter(({ kind }) => kind !== 'whitespace');
    return solid.map(({ kind, from, to }, i) => {
      const raw = text.slice(from, to);
      const before = solid[i - 1];
      if (kind === 'comment') return raw.replace(/\s+/g, ' ').trim();
      if (kind !== 'string' || before?.kind !== 'string') return kind === 'word' ? raw.toLowerCase() : raw;
      return `${text.slice(before.to, from).includes('\n') ? 'line' : 'blank'} ${raw}`;
    });
  };
  const bare = (text: string): string => text.replace(/\s+/g, '').toLowerCase();
  const pieces = [
    ...[
      'SELECT',
      'from',
      'WHERE',
      'a',
      '"B c"',
      "'x  Y'",
      '(',
      ')',
      ',',
      ';',
      '=',
      '-- note\n',
      '/* a\n  b */',
    ],
    ...[
      '::',
      '$1',
      '1.5e3',
      '`q`',
      '[r]',
      'JOIN',
      'ON',
      'CASE WHEN',
      'END',
      '\n',
      'x.y',
      '->>',
      '-',
      '- -',
      '@v',
      ':p',
      '#t',
      "E'\\''",
    ],
    ...[
      '<<#>>',
      '?',
      '@@',
      '||-',
      '%s',
      '${x}',
      '{{ y }}',
      '{z}',
      '<<w>>',
      ':"v"',
      '@{u}',
      "'p'\n'q'",
      '\\gset',
      '!!',
      '%%',
    ],
  ];
  it('changes nothing but white space and letter case, whatever the text', () => {
    const texts = fc.oneof(
      fc.constantFrom(...oddTexts),
      fc.array(fc.constantFrom(...pieces), { maxLength: 25 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(
        texts,
        fc.constantFrom(...dialects),
        fc.constantFrom('preserve', 'upper', 'lower'),
        (text, dialect, keywordCase) => {
          const made = formatted(text, dialect, { ...usual, keywordCase });
          assert.equal(bare(made), bare(text));
          assert.deepEqual(meaning(made, dialect), meaning(text, dialect));
          assert.equal(formatted(made, dialect, { ...usual, keywordCase }), made);
        },
      ),
      { numRuns: 600 },
    );
  });
});
