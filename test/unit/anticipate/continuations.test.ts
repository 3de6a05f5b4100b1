/** The trie of continuations: what is known at a place, and what is not. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { advance, type Place } from '../../../server/src/suggest/place';
import { Continuations } from '../../../server/src/anticipate/continuations';
import type { Continuation } from '../../../server/src/suggest/continuation';

const place: Place = { before: 'SELECT ', after: '', closers: '', epoch: 1, dialect: 'sqlite' };
const line = (text: string, final = false): Continuation => ({ text, confidence: 0.5, final });
const texts = (known: Continuations, at: Place): readonly string[] | undefined =>
  known.at(at)?.map(({ text }) => text);

describe('Continuations', () => {
  it('gives the rest to who types along, and to who types the second best', () => {
    const known = new Continuations();
    known.add(place, [line('name FROM t'), line('number FROM t'), line('id')]);
    assert.deepEqual(texts(known, place), ['name FROM t', 'number FROM t', 'id']);
    assert.deepEqual(texts(known, advance(place, 'n')), ['ame FROM t', 'umber FROM t']);
    assert.deepEqual(texts(known, advance(place, 'nu')), ['mber FROM t']);
    assert.equal(texts(known, advance(place, 'x')), undefined);
  });

  it('knows nothing behind a line that goes on, and that there is nothing behind one that does not', () => {
    const known = new Continuations();
    known.add(place, [line('id'), line('name;', true)]);
    assert.equal(texts(known, advance(place, 'id')), undefined);
    assert.deepEqual(texts(known, advance(place, 'name;')), []);
  });

  it('remembers that nothing should be shown', () => {
    const known = new Continuations();
    known.add(place, []);
    assert.deepEqual(texts(known, place), []);
    assert.equal(texts(known, advance(place, 'x')), undefined);
  });

  for (const [what, other] of [
    ['another text behind the cursor', { ...place, after: ' FROM t' }],
    ['another schema', { ...place, epoch: 2 }],
    ['another dialect', { ...place, dialect: 'postgres' as const }],
    ['another text before the cursor', { ...place, before: 'select ' }],
  ] as const) {
    it(`knows nothing for ${what}`, () => {
      const known = new Continuations();
      known.add(place, [line('name')]);
      assert.equal(known.at(other), undefined);
    });
  }

  it('forgets the oldest places, and holds texts of a bounded size', () => {
    const known = new Continuations();
    for (let i = 0; i < 500; i++) known.add(advance(place, `${String(i)}!`), [line('name')]);
    assert.equal(known.at(advance(place, '0!')), undefined);
    assert.deepEqual(texts(known, advance(place, '499!')), ['name']);
    const large = { ...place, before: 'x'.repeat(5_000_000) };
    known.add(large, [line('name')]);
    known.add(advance(large, 'y'), [line('name')]);
    assert.equal(known.at(large), undefined);
  });

  it('only ever gives what continues one of its texts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' '), minLength: 1, maxLength: 6 }), {
          minLength: 1,
        }),
        fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 4 }),
        (added, typed) => {
          const known = new Continuations();
          known.add(
            place,
            added.map((text) => line(text)),
          );
          const expected = [
            ...new Set(
              added
                .filter((text) => text.startsWith(typed) && text !== typed)
                .map((text) => text.slice(typed.length)),
            ),
          ];
          assert.deepEqual(texts(known, advance(place, typed)) ?? [], expected);
        },
      ),
    );
  });
});
