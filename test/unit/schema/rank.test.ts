/** Choosing the tables of a prompt: all of them when they fit, and a stable choice when they do not. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Schema, Table } from '../../../server/src/schema/model';
import { chooseTables, mentionedTables, tableKey } from '../../../server/src/schema/rank';
import { shop } from '../support/schemas';

/** Tables t0…t<n-1>, each of which references the one before. */
function chain(count: number): Schema {
  const tables = Array.from({ length: count }, (_, i): Table => ({
    name: `t${i}`,
    kind: 'table',
    columns: [{ name: 'id', type: '', nullable: true, primaryKey: 1 }],
    foreignKeys: i === 0 ? [] : [{ columns: ['id'], table: `t${i - 1}`, referencedColumns: ['id'] }],
    uniqueKeys: [],
  }));
  return { dialect: 'sqlite', source: '', tables };
}

function choose(schema: Schema, budget: number, mentionedText: string, previous?: readonly string[]): string {
  const chosen = chooseTables(schema, {
    budget,
    cost: () => 1,
    mentionedText,
    ...(previous === undefined ? {} : { previous }),
  });
  return chosen.map((table) => table.name).join(' ');
}

describe('rank', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  it('shows all in catalogue order when they fit, whatever is mentioned', () => {
    assert.equal(choose(chain(4), 4, 't3', ['t2', 't1']), 't0 t1 t2 t3');
  });
  it('begins with what is mentioned, then neighbours, then the rest', () => {
    assert.equal(choose(chain(20), 8, 'SELECT * FROM t10'), 't10 t9 t11 t0 t1 t2 t3');
  });
  it('keeps a previous choice that holds all that is mentioned', () => {
    assert.equal(choose(chain(20), 8, 't5', ['t5', 't3']), 't5 t3');
  });
  it('appends what is mentioned anew, and its neighbours', () => {
    assert.equal(choose(chain(20), 8, 't5 t8', ['t5', 't3']), 't5 t3 t8 t7 t9');
  });
  it('chooses afresh when the new ones do not fit', () => {
    assert.equal(choose(chain(20), 3, 't9', ['t1', 't2', 't3']), 't9 t8 t10');
  });
  it('drops what the schema no longer has', () => {
    assert.equal(choose(chain(20), 5, '', ['gone', 't2', 't2']), 't2');
  });
  it('finds tables in comments, also in the singular', () => {
    const found = mentionedTables(shop, '-- each Customer and his orders');
    assert.deepEqual(found.map(tableKey), ['customers', 'orders']);
  });
  it('finds no tables in strings', () => {
    assert.deepEqual(mentionedTables(shop, "SELECT 'customers'"), []);
  });
  it('finds quoted tables', () => {
    assert.deepEqual(mentionedTables(shop, 'SELECT * FROM "ORDERS"').map(tableKey), ['orders']);
  });

  it('fits the budget, holds nothing twice, and grows only at its end while it can', () => {
    const cost = fc.array(fc.nat({ max: 30 }), { minLength: 12, maxLength: 12 });
    const mentions = fc.array(fc.nat({ max: 11 }), { maxLength: 4 });
    fc.assert(
      fc.property(cost, fc.nat({ max: 200 }), mentions, mentions, (costs, budget, first, second) => {
        const schema = chain(12);
        const costOf = (table: Table) => costs[schema.tables.indexOf(table)] ?? 0;
        const text = (numbers: readonly number[]) => numbers.map((n) => `t${n}`).join(' ');
        const before = chooseTables(schema, { budget, cost: costOf, mentionedText: text(first) });
        const previous = before.map(tableKey);
        const after = chooseTables(schema, { budget, cost: costOf, mentionedText: text(second), previous });
        for (const chosen of [before, after]) {
          assert.ok(chosen.reduce((sum, table) => sum + costOf(table), 0) <= budget);
          assert.equal(new Set(chosen).size, chosen.length);
        }
        const kept = chooseTables(schema, { budget, cost: costOf, mentionedText: text(first), previous });
        // What is mentioned and too dear stays out, so that the same text brings the same choice.
        if (previous.length > 0) assert.deepEqual(kept.slice(0, before.length), before);
        const added = second.map((n) => schema.tables[n]).filter((table) => table && !before.includes(table));
        if (previous.length > 0 && added.length === 0) assert.deepEqual(after, before);
      }),
      { numRuns: 500 },
    );
  });
});
