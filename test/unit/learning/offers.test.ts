/** Which suggestions count as read, accepted and kept, with a clock of the test's own. */
import assert from 'node:assert/strict';
import { noCounts, type Counts } from '../../../server/src/learning/counts';
import { keptMs, Offers } from '../../../server/src/learning/offers';

const uri = 'file:///a.sql';

function open(): {
  offers: Offers;
  /** What was counted, without what is zero. */
  counted: [string, string, Partial<Counts>][];
  document: { text: string | undefined };
  pass: (milliseconds: number) => void;
  show: (text: string, ...inserts: string[]) => number;
} {
  let time = 0;
  const timers = new Set<{ at: number; work: () => void }>();
  const counted: [string, string, Partial<Counts>][] = [];
  const document: { text: string | undefined } = { text: '' };
  const offers = new Offers({
    now: () => time,
    after: (milliseconds, work) => {
      const timer = { at: time + milliseconds, work };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    textOf: () => document.text,
    count: (model, kind, counts) => {
      const some = Object.entries(counts).filter(
        ([name, value]) => JSON.stringify(value) !== JSON.stringify(noCounts[name as keyof Counts]),
      );
      counted.push([model, kind, Object.fromEntries(some)]);
    },
  });
  const pass = (milliseconds: number): void => {
    time += milliseconds;
    for (const timer of [...timers])
      if (timer.at <= time) {
        timers.delete(timer);
        timer.work();
      }
  };
  const show = (text: string, ...inserts: string[]): number => {
    document.text = text;
    const items = inserts.map((insert, rank) => ({ insert, to: text.length, rank }));
    return offers.shown({ uri, text, from: text.length, items, model: 'm', milliseconds: 7.4 });
  };
  return { offers, counted, document, pass, show };
}

describe('Offers', () => {
  it('counts what stood long enough to be read, once, though it is typed along and grows', () => {
    const { offers, counted, pass, show } = open();
    show('SELECT id FROM ', 'orders');
    pass(300);
    show('SELECT id FROM or', 'ders\nWHERE id = 1');
    pass(300);
    offers.gone();
    offers.gone();
    assert.deepEqual(counted, [['m', 'table', { shown: 1, milliseconds: 7 }]]);
  });

  it('does not count what was typed away at once', () => {
    const { counted, pass, show } = open();
    show('SELECT ', 'id');
    pass(100);
    show('SELECT n', 'ame');
    pass(100);
    show('SELECT nu', 'll');
    assert.deepEqual(counted, []);
  });

  it('counts an acceptance with its rank, and what is kept of it half a minute later', () => {
    const { offers, counted, document, pass, show } = open();
    const offer = show('SELECT id FROM ', 'orders', 'customers c');
    offers.accepted(offer, 1);
    // Once is enough, and numbers that nobody gave are nothing.
    offers.accepted(offer, 1);
    offers.accepted(99, 0);
    document.text = 'SELECT id FROM customers';
    pass(keptMs - 1);
    assert.deepEqual(counted, [
      ['m', 'table', { shown: 1, accepted: 1, ranks: [0, 1, 0, 0], milliseconds: 7 }],
    ]);
    pass(1);
    assert.deepEqual(counted.slice(1), [['m', 'table', { characters: 10, kept: 9 }]]);
  });

  describe('a part that comes in one change', () => {
    const text = 'SELECT id FROM ';
    for (const [what, inserts, texts, accepted] of [
      ['a word', ['orders WHERE id = 1'], ['orders'], 1],
      ['a line', ['orders\nWHERE id = 1'], ['orders\n'], 1],
      ['two words', ['orders WHERE id = 1'], ['orders', 'orders WHERE'], 1],
      ['of an alternative', ['orders', 'customers c'], ['customers'], 1],
      ['behind what was typed along', ['orders WHERE id = 1'], ['o', 'orders'], 1],
      ['key by key', ['orders WHERE id = 1'], ['o', 'or', 'ord'], 0],
      ['of something else', ['orders WHERE id = 1'], ['organs'], 0],
      ['behind something else', ['orders WHERE id = 1'], ['x', 'xrders'], 0],
      ['of brackets for one key', ['() + 1'], ['()'], 0],
      ['of all of it, which the editor tells itself', ['orders'], ['orders'], 0],
    ] as const)
      it(`${what}: ${accepted === 1 ? 'counts once' : 'does not count'}`, () => {
        const { offers, counted, show } = open();
        show(text, ...inserts);
        for (const typed of texts) offers.changed(uri, text + typed);
        assert.equal(counted.filter(([, , counts]) => counts.accepted === 1).length, accepted);
      });

    it('is looked at later, and the rest of it is not counted as another suggestion', () => {
      const { offers, counted, document, pass, show } = open();
      show(text, 'orders WHERE id = 1');
      offers.changed(uri, `${text}orders`);
      const rest = show(`${text}orders`, ' WHERE id = 1');
      offers.accepted(rest, 0);
      document.text = `${text}orders WHERE id = 2`;
      pass(keptMs);
      assert.deepEqual(counted, [
        ['m', 'table', { shown: 1, accepted: 1, ranks: [1, 0, 0, 0], milliseconds: 7 }],
        ['m', 'table', { characters: 6, kept: 6 }],
        ['m', 'table', { characters: 9, kept: 8 }],
      ]);
    });

    it('does not count in another document', () => {
      const { offers, counted, show } = open();
      show(text, 'orders WHERE id = 1');
      offers.changed('file:///b.sql', `${text}orders`);
      assert.deepEqual(counted, []);
    });
  });

  it('does not look at a document that was closed, nor at what was forgotten', () => {
    const { offers, counted, document, pass, show } = open();
    offers.accepted(show('SELECT ', 'id'), 0);
    document.text = undefined;
    pass(keptMs);
    assert.equal(counted.length, 1);
    offers.accepted(show('SELECT ', 'id'), 0);
    offers.clear();
    pass(keptMs);
    assert.equal(counted.length, 2);
  });
});
