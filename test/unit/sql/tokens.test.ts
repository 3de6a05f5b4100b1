/** The lexer: what becomes which token in which dialect, and that no text escapes it. */
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

  checkName('"a""b"', 'a"b');
  checkName('`a``b`', 'a`b', 'mysql');
  checkName('[a]]b]', 'a]b', 'tsql');
  checkName('"open', 'open');
  checkName('Plain', 'Plain');

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
