/** What is learnt from use: the counts, and what follows from them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keptCharacters } from '../../../server/src/learning/keptCharacters';
import {
  countsOf,
  learntFrom,
  noCounts,
  ordered,
  sum,
  threshold,
  type Counts,
} from '../../../server/src/learning/counts';
import { learntText } from '../../../server/src/learning/page';

function counts(shown: number, accepted: number, more: Partial<Counts> = {}): Counts {
  return { ...noCounts, shown, accepted, ...more };
}

describe('learning', () => {
  describe('the silence threshold', () => {
    const check = (name: string, minimum: number, from: Counts, expected: number): void => {
      it(name, () => assert.equal(threshold(minimum, from), expected));
    };
    check('is what is set while little is known', 0.2, counts(19, 0), 0.2);
    check('is twice that where nothing is accepted', 0.2, counts(20, 0), 0.4);
    check('is half of it where much is accepted', 0.2, counts(20, 15), 0.1);
    check('is what is set where as much is accepted as usual', 0.2, counts(100, 25), 0.2);
    check(
      'counts what was deleted again as not accepted',
      0.2,
      counts(20, 15, { characters: 50, kept: 0 }),
      0.4,
    );
    check('stays 0 where it was set to 0', 0, counts(1000, 0), 0);
    check('never goes above 1', 0.8, counts(1000, 0), 1);

    it('stays between half and twice of what is set, whatever was counted', () => {
      const some = fc.nat({ max: 2000 });
      fc.assert(
        fc.property(
          fc.double({ min: 0, max: 1, noNaN: true }),
          some,
          some,
          some,
          some,
          (minimum, ...list) => {
            const [a, b, c, d] = list.toSorted((x, y) => x - y);
            const value = threshold(minimum, counts(d ?? 0, a ?? 0, { kept: b ?? 0, characters: c ?? 0 }));
            assert.ok(value >= minimum / 2 && value <= Math.min(1, minimum * 2));
          },
        ),
      );
    });
  });

  describe('alternatives', () => {
    it('keep their order while little is known', () => {
      assert.deepEqual(ordered(['a', 'b', 'c'], counts(9, 9, { ranks: [5, 0, 4, 0] })), ['a', 'b', 'c']);
    });
    it('come in the order in which they are accepted, behind the first', () => {
      assert.deepEqual(ordered(['a', 'b', 'c', 'd'], counts(9, 9, { ranks: [0, 1, 4, 1] })), [
        'a',
        'c',
        'b',
        'd',
      ]);
    });
    it('may be none', () => assert.deepEqual(ordered([], counts(9, 9, { ranks: [0, 1, 8, 0] })), []));
  });

  describe('what is kept of an accepted text', () => {
    /** `before` has the accepted text between [[ and ]]. */
    const check = (name: string, before: string, now: string, expected: readonly [number, number]): void => {
      it(name, () => {
        const from = before.indexOf('[[');
        const to = before.indexOf(']]') - 2;
        const { characters, kept } = keptCharacters(before.replace(/\[\[|\]\]/g, ''), from, to, now);
        assert.deepEqual([kept, characters], expected);
      });
    };
    check('is all where nothing changed', 'SELECT [[name FROM t]];', 'SELECT name FROM t;', [9, 9]);
    check('is nothing where it was taken back', 'SELECT [[name FROM t]];', 'SELECT ;', [0, 9]);
    check('is all where text was added before and behind', 'a [[b c]] d', 'x a b c d e', [2, 2]);
    check('is what stands beside a change', 'SELECT [[name FROM t]];', 'SELECT city FROM t;', [5, 9]);
    check('is nothing where the document is empty', '[[name]]', '', [0, 4]);

    it('is never more than there was', () => {
      const text = fc.stringMatching(/^[ab \n]{0,12}$/);
      fc.assert(
        fc.property(text, text, text, text, (head, accepted, tail, now) => {
          const before = head + accepted + tail;
          const { characters, kept } = keptCharacters(
            before,
            head.length,
            head.length + accepted.length,
            now,
          );
          assert.ok(kept >= 0 && kept <= characters);
          const same = keptCharacters(before, head.length, head.length + accepted.length, before);
          assert.equal(same.kept, same.characters);
        }),
      );
    });
  });

  describe('counts', () => {
    it('add up by model and kind, and older ones fade', () => {
      const learnt = sum({ m: { table: counts(600, 300) } }, { m: { table: counts(600, 100) } });
      assert.deepEqual(countsOf(learnt, 'm', 'table'), counts(600, 200));
      assert.deepEqual(countsOf(learnt, 'm', 'column'), noCounts);
      assert.deepEqual(countsOf(learnt, 'constructor', 'column'), noCounts);
    });
    it('are kept of the models used last', () => {
      let learnt = {};
      for (let i = 0; i < 40; i++) learnt = sum(learnt, { [`model-${String(i)}`]: { table: counts(1, 0) } });
      assert.equal(Object.keys(learnt).length, 16);
      assert.ok('model-39' in learnt);
    });
    it('of a damaged file are left out', () => {
      const good = counts(3, 1);
      assert.deepEqual(learntFrom({ m: { table: good, column: { shown: -1 }, sonnet: good }, n: 'x' }), {
        m: { table: good },
        n: {},
      });
      fc.assert(
        fc.property(fc.anything(), (value) => {
          learntText(learntFrom(value), 0.2);
        }),
      );
    });
    it('are shown as a table', () => {
      const page = learntText(
        { m: { table: counts(20, 15, { characters: 10, kept: 9, milliseconds: 60 }) } },
        0.2,
      );
      assert.match(
        page,
        /\nm\n\nposition {3}shown +accepted .*\ntable +20 +15 \(75 %\) +90 % +3 ms +0\.10\n$/,
      );
      assert.match(learntText({}, 0.2), /Nothing yet/);
    });
  });
});
