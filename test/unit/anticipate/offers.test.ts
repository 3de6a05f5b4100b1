/** Which suggestions count as read, accepted and kept, with a clock of the test's own. */
import assert from 'node:assert/strict';
import { noCounts, type Counts } from '../../../server/src/anticipate/learning';
import { keptMs, Offers } from '../../../server/src/anticipate/offers';

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
