/** What the evaluation counts as right, as legal and as saved keys. */
import assert from 'node:assert/strict';
import { byDatabase, sample } from '../../eval/data';
import { agreement, summarizeKeys, typeStatement } from '../../eval/keysScore';
import { summarizeSql, type SqlResult } from '../../eval/sqlScore';
import { scoreTyping, summarizeTyping } from '../../eval/typingScore';
import { shop } from '../support/schemas';

function score(prefix: string, rest: string, expected: string, shown: string | undefined) {
  const position = { id: 'p', kind: 'column', db_path: '', prefix, expected, alts: ['c.city'], rest };
  return scoreTyping(position, shown, shop, 1);
}

describe('the score of a suggestion', () => {
  function check(
    prefix: string,
    shown: string | undefined,
    expected: Partial<ReturnType<typeof score>>,
  ): void {
    it(`${prefix}|${shown ?? 'nothing'}`, () => {
      const { exact, saved, identifiers, invalid } = score(prefix, 'name\n FROM customers', 'name', shown);
      assert.deepEqual(
        { exact, saved, identifiers, invalid, ...expected },
        { exact, saved, identifiers, invalid },
      );
    });
  }
  check('SELECT ', 'name FROM customers', { exact: true, saved: 19, identifiers: 2, invalid: [] });
  check('SELECT ', '"NAME", id', { exact: true, saved: 0, identifiers: 2 });
  check('SELECT ', 'c.city', { exact: true, saved: 0 });
  check('SELECT ', 'city FROM customers', { exact: false, invalid: [] });
  check('SELECT ', undefined, { exact: false, saved: 0, identifiers: 0 });
  check('SELECT na', 'me FROM customers', { identifiers: 2, invalid: [] });
  check('SELECT ', 'nome FROM customers', { identifiers: 2, invalid: ['nome'] });
  // A name of the person's own that the suggestion makes wrong; one that was wrong before.
  check('SELECT name FROM ', 'products;', { invalid: ['name'] });
  check('SELECT nome FROM customers WHERE ', 'id = 1', { invalid: [] });
});

describe('the figures', () => {
  it('typing: shares by kind, characters, percentiles', () => {
    const figures = summarizeTyping([
      score('SELECT ', 'name', 'name', 'name'),
      score('SELECT ', 'name', 'name', undefined),
    ]);
    assert.equal(figures.exact, 0.5);
    assert.equal(figures.shown_rate, 0.5);
    assert.equal(figures.chars_saved, 2);
    assert.deepEqual(figures.exact_by_kind, { column: { n: 2, exact: 0.5, shown: 0.5 } });
  });
  it('statements: by source and difficulty', () => {
    const one: SqlResult = {
      id: 'q',
      source: 'own',
      difficulty: 'easy',
      sql: 'SELECT 1;',
      ms: 1,
      executable: true,
      ex: true,
      exSuite: false,
      isSure: true,
    };
    const figures = summarizeSql([one, { ...one, source: 'other', ex: false }]);
    assert.equal(figures.ex, 0.5);
    assert.equal(figures.by_source['own']?.ex, 1);
    assert.equal(figures.by_difficulty['easy']?.executable, 1);
  });
});

describe('the keys of a statement', () => {
  const agrees = (
    suggested: string,
    rest: string,
    units: number,
    characters: number,
    whole: boolean,
  ): void => {
    it(`${JSON.stringify(suggested)} before ${JSON.stringify(rest)}`, () =>
      assert.deepEqual(agreement(suggested, rest), { units, characters, whole }));
  };
  agrees('name FROM pets', 'name FROM pets;', 3, 14, true);
  agrees('NAME\nFROM pets', 'name FROM pets;', 3, 14, true);
  agrees('name FROM owners', 'name FROM pets;', 2, 9, false);
  agrees('na', 'name FROM pets', 0, 0, false);
  agrees('me FROM', 'me FROM pets', 2, 7, true);
  agrees(' FROM pets', 'FROM pets', 2, 9, true);
  agrees('name, age', 'name,age', 3, 8, true);
  agrees('nameage', 'name age', 0, 0, false);
  agrees('p.name', 'p.name, p.age', 3, 6, true);

  it('counts one key for what is wholly right, and one a word of a right beginning', async () => {
    const shown = new Map([
      ['SELECT ', 'name FROM'],
      ['SELECT name FROM ', 'pets WHERE id'],
    ]);
    const statement = {
      id: 'a',
      db_path: '',
      head: '-- pets\n',
      statement: 'SELECT name FROM pets WHERE age',
    };
    const result = await typeStatement(statement, (text) =>
      Promise.resolve(shown.get(text.slice('-- pets\n'.length))),
    );
    // "SELECT " by 7 keys, " " behind FROM, 2 of the right beginning's words, and " age".
    assert.equal(result.keys, 7 + 1 + 1 + 2 + 4);
    const { keys_saved, first_word_right, wholly_right, shown: count } = summarizeKeys([result]);
    assert.deepEqual(
      { first_word_right, wholly_right, count },
      { first_word_right: 1, wholly_right: 0.5, count: 2 },
    );
    assert.equal(keys_saved, Number((1 - 15 / 31).toFixed(4)));
  });
});

describe('taking a sample', () => {
  it('is spread evenly and the same each time', () => {
    assert.deepEqual(sample([0, 1, 2, 3, 4, 5], 3), [0, 2, 4]);
    assert.deepEqual(sample([0, 1], 5), [0, 1]);
  });
  it('opens each database once', () => {
    const items = ['a', 'b', 'a'].map((db_path) => ({ db_path }));
    assert.deepEqual(
      byDatabase(items).map(({ db_path }) => db_path),
      ['a', 'a', 'b'],
    );
  });
});
