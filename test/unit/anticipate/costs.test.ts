/**
 * What decoding ahead costs in requests and characters, without a clock or a model: a change that decodes more or asks
 * more often shows up as a diff of costs.snap.json. test/lsp/costs.test.ts counts tokens with the real model.
 */
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DocumentSession } from '../../../server/src/anticipate/session';
import { ScriptedEngine } from '../support/scriptedEngine';
import { parseDdl } from '../../../server/src/schema/ddl/readDdl';
import type { Schema } from '../../../server/src/schema/model';
import { tables, traces } from '../../bench/typing/traces';
import { expectSnapshot } from '../support/expected';
import { schemaOf } from '../support/schemas';

const snapshots = path.join('test', 'unit', 'anticipate', 'costs.snap.json');
const never = new AbortController().signal;

interface Costs {
  keys: number;
  /** Keys after which something was shown. */
  shown: number;
  /** Lines decoded, and prompts only brought into the cache. */
  decodes: number;
  prefills: number;
  /** Characters of all prompts and answers. */
  characters: number;
}

function webshop(): Schema {
  const database = new DatabaseSync(path.join('samples', 'webshop', 'webshop.sqlite'), { readOnly: true });
  try {
    const rows = database.prepare('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL').all();
    const ddl = rows.map(({ sql }) => (typeof sql === 'string' ? `${sql};` : '')).join('\n');
    return { dialect: 'sqlite', source: 'webshop.sqlite', tables: parseDdl(ddl, 'sqlite') };
  } finally {
    database.close();
  }
}

/** @param writes what the model writes behind a text whose whole is going to be `target` */
async function costsOf(
  texts: readonly string[],
  schema: Schema,
  writes: (target: string, from: number) => string,
): Promise<Costs> {
  const costs: Costs = { keys: 0, shown: 0, decodes: 0, prefills: 0, characters: 0 };
  for (const target of texts) {
    const engine = new ScriptedEngine();
    const document = { uri: 'file:///a.sql', version: 1, text: '', cursor: 0 };
    engine.continueWith = (prompt) => {
      let from = document.cursor;
      while (from > 0 && !prompt.endsWith(target.slice(Math.max(0, from - 40), from))) from--;
      return writes(target, from);
    };
    const session = new DocumentSession(
      {
        engine,
        schemaState: () => ({ schema, epoch: 1 }),
        report: () => undefined,
        fail: (error) => {
          throw error;
        },
      },
      document,
    );
    for (let length = 1; length <= target.length; length++) {
      document.text = target.slice(0, length);
      document.cursor = length;
      document.version++;
      await session.anticipate();
      const suggestions = await session.suggest({ offset: length }, never);
      costs.keys++;
      costs.shown += suggestions.length > 0 ? 1 : 0;
    }
    costs.decodes += engine.completed.length;
    costs.prefills += engine.prefilled.length;
    for (const text of [...engine.completed, ...engine.prefilled]) costs.characters += text.length;
  }
  return costs;
}

describe('the cost of decoding ahead', () => {
  const models = {
    right: (target: string, from: number) => target.slice(from).split('\n')[0] ?? '',
    wrong: () => 'id, name FROM nothing',
    silent: () => '',
  };
  for (const trace of traces.filter(({ name }) => ['write', 'comment', 'schema-10'].includes(name)))
    for (const [model, writes] of Object.entries(models))
      it(`${trace.name}, a model that is ${model}: as before`, async () => {
        const texts = trace.steps.flatMap((step) => (step.kind === 'type' ? [step.text] : []));
        const schema = trace.name === 'schema-10' ? schemaOf(tables(10)) : webshop();
        expectSnapshot(snapshots, `${trace.name}, ${model}`, await costsOf(texts, schema, writes));
      });
});
