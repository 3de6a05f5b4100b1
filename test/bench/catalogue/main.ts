/**
 * `npm run bench:catalogue`: measures a large PostgreSQL schema, in a server of its own on this machine. Times the
 * first read and later refreshes in this process. Then starts the bundled language server as a new window does, with
 * the catalogue that the first read kept on disk, and times it from the start of the process to the first completion
 * that names a table. Prints milliseconds and memory. Exits with 1 when that first completion takes a second or more.
 * Options: --tables N (10000), --runs N (5).
 */
import { readFileSync, statSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Catalog } from '../../../server/src/schema/catalog';
import { CatalogCache } from '../../../server/src/schema/catalogCache';
import { postgresSource } from '../../../server/src/schema/sources/postgres';
import { postgresScript } from '../../db/load';
import { password, startPostgres, type TestServer } from '../../db/servers';
import { disposeAll, LspWindow, temporaryFolder } from '../../lsp/window';
import { median } from '../figures';
import { machine } from '../machine';
import { generateSchema } from './schema';

const { values: options } = parseArgs({
  options: { tables: { type: 'string', default: '10000' }, runs: { type: 'string', default: '5' } },
});
const limit = 1000;
const database = 'large';

const say = (line: string) => process.stdout.write(`${line}\n`);
const row = (name: string, value: number, unit: string) =>
  say(`${name.padEnd(58)} ${value.toFixed(0).padStart(6)} ${unit}`);

/** Milliseconds some work takes, and the longest time nothing else could run meanwhile. */
async function timed(work: () => Promise<unknown>): Promise<{ took: number; held: number }> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const start = performance.now();
  await work();
  const took = performance.now() - start;
  // The last delay is only seen by the timer behind it.
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.disable();
  return { took, held: delay.max / 1e6 };
}

/** MB of the server process alone: the engine has one of its own. */
function residentMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) / 1024;
}

interface Labels {
  readonly items: readonly { readonly label: string }[];
}

async function completed(window: LspWindow, name: string, marked: string): Promise<[number, Labels]> {
  const offset = marked.indexOf('$0');
  const uri = await window.openDocument(name, marked.replace('$0', ''));
  const start = performance.now();
  const list = await window.request<Labels | null>('textDocument/completion', uri, offset);
  return [performance.now() - start, list ?? { items: [] }];
}

/** What a person would ask first, and what asks most of a large schema. */
const places = {
  'SELECT * FROM $0': 'a table, nothing typed',
  'SELECT * FROM invo$0': 'a table, begun',
  'SELECT $0': 'a column of any table',
  'SELECT $0 FROM invoice_line': 'a column',
  'SELECT * FROM invoice_line l JOIN $0': 'a join',
} as const;

async function measure(server: TestServer): Promise<void> {
  const generated = generateSchema(Number(options.tables));
  const connection = { ...server.connection, database };
  await postgresScript(server.connection, password, 'postgres', `CREATE DATABASE ${database}`);
  for (const script of generated.scripts) await postgresScript(connection, password, database, script);
  const { processor, load } = machine();
  say(`${processor}, load ${load.join(' ')}`);
  say(
    `${options.tables} tables, ${String(generated.columns)} columns, ${String(generated.foreignKeys)} foreign keys`,
  );

  const storage = temporaryFolder();
  const folder = path.join(storage, 'catalogues');
  const catalog = new Catalog('postgres', undefined, new CatalogCache(folder));
  const start = performance.now();
  let names = NaN;
  catalog.onDidChange(() => {
    if (Number.isNaN(names)) names = performance.now() - start;
  });
  const first = await timed(() =>
    catalog.setSource(postgresSource(connection, () => Promise.resolve(password), false)),
  );
  await catalog.saved();
  const same = await timed(() => catalog.refresh());
  await postgresScript(connection, password, database, 'ALTER TABLE account_archive ADD COLUMN extra text');
  const changed = await timed(() => catalog.refresh());
  await catalog.saved();
  if (catalog.problem) throw catalog.problem;
  catalog.dispose();
  row('first read: names', names, 'ms');
  row('first read: everything', first.took, 'ms');
  row('first read: longest hold', first.held, 'ms');
  row('refresh, nothing changed', same.took, 'ms');
  row('refresh, nothing changed: longest hold', same.held, 'ms');
  row('refresh, one table changed', changed.took, 'ms');
  row('refresh, one table changed: longest hold', changed.held, 'ms');
  const file = readdirSync(folder)[0] ?? '';
  row('size on disk', statSync(path.join(folder, file)).size / 2 ** 20, 'MB');

  const open = (name: string) =>
    LspWindow.open({
      storage: name === '' ? temporaryFolder() : storage,
      settings: { connections: [connection], connection: name },
      password: () => password,
    });
  const firsts: number[] = [];
  const more = new Map<string, number[]>();
  const memory: number[] = [];
  for (let run = 0; run < Number(options.runs); run++) {
    const began = performance.now();
    const window = await open(connection.name);
    await window.hasSchema();
    const [, { items }] = await completed(window, 'first.sql', 'SELECT * FROM invo$0');
    firsts.push(performance.now() - began);
    if (!items.some(({ label }) => label.endsWith('invoice_line')))
      throw new Error('the first completion names no table');
    let n = 0;
    for (const [marked, title] of Object.entries(places)) {
      const [took] = await completed(window, `${String(n++)}.sql`, marked);
      more.set(title, [...(more.get(title) ?? []), took]);
    }
    await window.connection.sendRequest('sqlAhead/refreshSchema');
    memory.push(residentMb(window.process.pid));
    await window.close();
  }
  const empty = await open('');
  await completed(empty, 'first.sql', 'SELECT $0');
  const without = residentMb(empty.process.pid);
  await empty.close();

  row('start of the server to the first completion, median', median(firsts), 'ms');
  row('start of the server to the first completion, longest', Math.max(...firsts), 'ms');
  for (const [title, times] of more) {
    row(`right behind it: ${title}, median`, median(times), 'ms');
    row(`right behind it: ${title}, longest`, Math.max(...times), 'ms');
  }
  row('memory of the language server after a refresh', Math.max(...memory), 'MB');
  row('memory of the language server without a schema', without, 'MB');
  if (Math.max(...firsts) >= limit) {
    say(`the first completion is not under ${String(limit)} ms`);
    process.exitCode = 1;
  }
}

async function main(): Promise<void> {
  const server = await startPostgres();
  try {
    await measure(server);
  } finally {
    await disposeAll();
    await server.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
