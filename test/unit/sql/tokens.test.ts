/** The lexer: which text becomes which token in which dialect, and that every text becomes tokens. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dialects, type Dialect } from '../../../server/src/schema/model';
import { identifierName, tokenize } from '../../../server/src/sql/tokens';
import { oddTexts } from '../support/schemas';

/** Tokens without white space as `kind:text`, `!` behind those without their end. */
function check(text: string, expected: string, dialect: Dialect = 'sqlite'): void {
  it(`${dialect}: ${JSON.stringify(text)}`, () => {
    const found = tokenize(text, dialect)
      .filter((token) => token.kind !== 'whitespace')
      .map((token) => `${token.kind}:${text.slice(token.from, token.to)}${token.closed ? '' : '!'}`);
    assert.equal(found.join(' | '), expected);
  });
}

function checkName(text: string, expected: string, dialect: Dialect = 'sqlite'): void {
  it(`${dialect}: ${text} names ${expected}`, () => {
    const [token] = tokenize(text, dialect);
    assert.ok(token);
    assert.equal(identifierName(token, text), expected);
  });
}

describe('tokens', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('a.b', 'word:a | punctuation:. | word:b');
  check('größe_1', 'word:größe_1');
  check("'it''s'", "string:'it''s'");
  check("'open", "string:'open!");
  check("'a\\'", "string:'a\\'");
  check("'a\\'b'", "string:'a\\'b'", 'mysql');
  check("E'a\\'b' x", "string:E'a\\'b' | word:x", 'postgres');
  check("N'x'", "string:N'x'", 'tsql');
  check('"a""b"', 'quoted:"a""b"');
  check('"open\nx', 'quoted:"open! | word:x');
  check('"text"', 'string:"text"', 'mysql');
  check('`a b`', 'quoted:`a b`', 'mysql');
  check('`a`', 'operator:` | word:a | operator:`', 'postgres');
  check('[a b]', 'quoted:[a b]', 'tsql');
  check('x[1]', 'word:x | punctuation:[ | number:1 | punctuation:]', 'postgres');
  check('$$a;b$$', 'string:$$a;b$$', 'postgres');
  check('$f$ $$ $f$;', 'string:$f$ $$ $f$ | punctuation:;', 'duckdb');
  check('$f$ open', 'string:$f$ open!', 'postgres');
  check('a -- b\nc', 'word:a | comment:-- b | word:c');
  check('a --b', 'word:a | operator:- | operator:- | word:b', 'mysql');
  check('a -- b', 'word:a | comment:-- b', 'mysql');
  check('a # b', 'word:a | comment:# b', 'mysql');
  check('#temp', 'word:#temp', 'tsql');
  check('/* a /* b */ c */', 'comment:/* a /* b */ | word:c | operator:* | operator:/');
  check('/* a /* b */ c */', 'comment:/* a /* b */ c */', 'postgres');
  check('/* open', 'comment:/* open!');
  check('1 1.5 .5 1e-3 0xFF', 'number:1 | number:1.5 | number:.5 | number:1e-3 | number:0xFF');
  check('a::int', 'word:a | operator::: | word:int', 'postgres');
  check('a->>b <> c', 'word:a | operator:->> | word:b | operator:<> | word:c');
  check(':id @p $1 ?', 'parameter::id | parameter:@p | parameter:$1 | parameter:?');
  check('😀', 'operator:😀');
  check('0b101 0o17 1_000', 'number:0b101 | number:0o17 | number:1_000', 'postgres');
  check('U&"d\\0061t" x', 'quoted:U&"d\\0061t" | word:x', 'postgres');
  check("U&'d' UESCAPE '!'", "string:U&'d' | word:UESCAPE | string:'!'", 'postgres');

  // Operators: PostgreSQL takes the longest run, the others know theirs.
  for (const one of [
    '<<#>>',
    '*<>',
    '*>=',
    '&/&',
    '?@>',
    '^<@',
    '%%',
    '<=|',
    '&@~',
    '@@',
    '|/',
    '!!',
    '@>>',
    '#>>',
  ])
    check(`a ${one} b`, `word:a | operator:${one} | word:b`, 'postgres');
  check('a->-1', 'word:a | operator:-> | operator:- | number:1', 'postgres');
  check('a=-1', 'word:a | operator:= | operator:- | number:1', 'postgres');
  check('a@-1', 'word:a | operator:@- | number:1', 'postgres');
  check('a+-+b', 'word:a | operator:+ | operator:- | operator:+ | word:b', 'postgres');
  check('a<>--b', 'word:a | operator:<> | comment:--b', 'postgres');
  check('a*/*b*/c', 'word:a | operator:* | comment:/*b*/ | word:c', 'postgres');
  check(
    'a::int[1:n]',
    'word:a | operator::: | word:int | punctuation:[ | number:1 | operator:: | word:n | punctuation:]',
    'postgres',
  );
  check(
    'id=? OR id>=@p',
    'word:id | operator:= | parameter:? | word:OR | word:id | operator:>= | parameter:@p',
    'postgres',
  );
  check(
    "data ? 'a' AND x = ?",
    "word:data | operator:? | string:'a' | word:AND | word:x | operator:= | parameter:?",
    'postgres',
  );
  check('a !< b', 'word:a | operator:!< | word:b', 'tsql');
  check('SET @a += 1', 'word:SET | parameter:@a | operator:+= | number:1', 'tsql');
  check('a <=> b', 'word:a | operator:<=> | word:b', 'mysql');
  check('n:name', 'word:n | operator:: | word:name', 'duckdb');

  // What is no SQL yet.
  for (const one of [
    ...[
      '%s',
      '%(id)s',
      '%1$s',
      '${x}',
      "${a ? `b` : {c: 'd'}}",
      '{{ ref("a b") }}',
      '{{{ x }}}',
      '{% if x %}',
      '{# from y #}',
    ],
    ...[
      '{x}',
      '{a.b}',
      '@{x}',
      '#{x}',
      '<<x>>',
      '$(x)',
      '$P{x}',
      ':"x"',
      ":'x'",
      ':{?x}',
      'a_${b}_c',
      '${a}${b}',
      'a_%s',
      '%s_a',
    ],
  ])
    check(`SELECT ${one} FROM t`, `word:SELECT | placeholder:${one} | word:FROM | word:t`, 'postgres');
  check('{x!r:>3} {0} {}', 'placeholder:{x!r:>3} | placeholder:{0} | placeholder:{}', 'mysql');
  check('${s}.t', 'placeholder:${s} | punctuation:. | word:t');
  check('id=%s', 'word:id | operator:= | placeholder:%s', 'postgres');
  check('VALUES %s', 'word:VALUES | placeholder:%s');
  check('<name, sysname, x>', 'placeholder:<name, sysname, x>', 'tsql');
  check('${open\nx', 'placeholder:${open! | word:x');
  check('{{ open\nx', 'placeholder:{{ open\nx!');
  // What looks like it and is SQL.
  check('a %s', 'word:a | placeholder:%s');
  check('a%s', 'word:a | operator:% | word:s');
  check('a %d', 'word:a | operator:% | word:d');
  check('1 <<x>> 2', 'number:1 | operator:<< | word:x | operator:>> | number:2');
  check("{'a': x}", "punctuation:{ | string:'a' | operator:: | word:x | punctuation:}", 'duckdb');
  check("{d '2024-01-01'}", "punctuation:{ | word:d | string:'2024-01-01' | punctuation:}", 'mysql');
  check('a$b', 'word:a$b');
  check('$a$ x $a$', 'string:$a$ x $a$', 'postgres');

  // A client program's own.
  check('SELECT 1 \\gset p_\nx', 'word:SELECT | number:1 | command:\\gset p_ | word:x', 'postgres');
  check('SELECT 1\\; SELECT 2', 'word:SELECT | number:1 | operator:\\; | word:SELECT | number:2', 'postgres');
  check('SELECT 1\\G x', 'word:SELECT | number:1 | command:\\G | word:x', 'mysql');

  checkName('"a""b"', 'a"b');
  checkName('`a``b`', 'a`b', 'mysql');
  checkName('[a]]b]', 'a]b', 'tsql');
  checkName('"open', 'open');
  checkName('Plain', 'Plain');
  checkName('U&"d\\0061t\\+000061"', 'data', 'postgres');
  checkName('U&"open', 'open', 'postgres');

  it('cover any text without a gap', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...oddTexts),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...dialects), (sample, dialect) => {
        let at = 0;
        for (const token of tokenize(sample, dialect)) {
          assert.equal(token.from, at);
          assert.ok(token.to > token.from);
          at = token.to;
        }
        assert.equal(at, sample.length);
      }),
      { numRuns: 400 },
    );
  });

  it('ends where a text ends that is a slice of a longer one, however often it is asked', () => {
    const whole = 'SELECT a, b, c, d, e, f, 😀 FROM t';
    const cut = whole.indexOf('😀') + 1;
    for (let i = 0; i < 8000; i++) assert.equal(tokenize(whole.slice(0, cut), 'sqlite').at(-1)?.to, cut);
  });
});
