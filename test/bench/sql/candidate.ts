/**
 * Measures what it costs to check one candidate of ghost text: its names are resolved and every rule of legality runs,
 * in statements as they are typed. Processor time, no model.
 */
import { Legality } from '../../../server/src/legality/legality';
import type { Schema } from '../../../server/src/schema/model';
import { median } from '../figures';

/** `|` is the cursor: before it is typed text, behind it the rest of the statement. Tables as in main.ts. */
const statements = [
  'SELECT a.c1_1, a.c2_1 FROM t1 a WHERE a.id = |',
  'SELECT a.c1_1, b.c2_2, count(*) FROM t1 a JOIN t2 b ON b.id = a.id WHERE a.c3_1 <> 17 GROUP BY a.c1_1, b.|',
  'SELECT | FROM t3 z WHERE z.id > 5 ORDER BY z.c0_3',
  'WITH part AS (SELECT id, max(c1_4) AS most FROM t4 GROUP BY id) SELECT p.most FROM part p JOIN t5 q ON q.|',
  "UPDATE t6 SET c1_6 = 'x' WHERE c2_6 IN (SELECT c2_7 FROM t7 WHERE t7.id = t6.|)",
  'INSERT INTO t8 (id, c0_8, c1_8) SELECT id, c0_9, | FROM t9',
];
const candidates = ['id', 'c1_1', 'c2_7 ', 'a.id', 'nope ', "'x'", '3 ', 'FROM '];

/** @returns median microseconds of processor time of one candidate, over `rounds` */
export function candidateCost(schema: Schema, rounds: number): number {
  const judges = statements.map((statement) => {
    const [before = '', after = ''] = statement.split('|');
    return { before, legality: new Legality(before, after, schema) };
  });
  const costs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage();
    for (const { before, legality } of judges)
      for (const candidate of candidates) legality.allows(before, candidate);
    const { user, system } = process.cpuUsage(start);
    costs.push((user + system) / (judges.length * candidates.length));
  }
  return median(costs.slice(Math.floor(rounds / 4)));
}
