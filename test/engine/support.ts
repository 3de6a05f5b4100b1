/** Starts the engine host's engine in this process: the real model on the backend under test, with one thread. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { loadRuntime, type BackendName, type RuntimeChoice } from '../../native/index';
import type { Prompt } from '../../server/src/engine/engine';
import { ModelHost } from '../../server/src/engine/host/modelHost';
import type { HostOptions } from '../../server/src/engine/wire/messages';
import { makeSnapshotFolder } from '../../server/src/engine/host/cache/snapshots';

const root = process.cwd();
const directory = path.join(root, 'native', 'bin', `${process.platform}-${process.arch}`);
export const starter = path.join(root, 'models', 'starter', 'sql-ahead-starter-q8_0.gguf');
export const backend = (process.env['SQL_AHEAD_TEST_BACKEND'] ?? 'cpu') as BackendName;
export const gpuLayers = backend === 'cpu' ? 0 : -1;
export const never = new AbortController().signal;

export const schemas = [
  'CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT);',
  'CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), amount NUMERIC);',
  'CREATE TABLE zebra_crossings (zebra_id INTEGER PRIMARY KEY, painted_at DATE, stripes INTEGER);',
] as const;
export const schema = `-- dialect: sqlite\n${schemas.join('\n')}\n\n`;

export const prompt = (text: string, head = schema): Prompt => ({ segments: [head, text], stable: 1 });

export function runtime(): Promise<RuntimeChoice> {
  return loadRuntime({ directory, backend, probePath: path.join(root, 'dist', 'probe.js') });
}

export interface HostSettings extends Partial<HostOptions> {
  readonly storagePath?: string;
  /** Folder of presets for the types of the cache. */
  readonly cachePresets?: string;
  readonly log?: (text: string) => void;
}

/** A host of its own, as one engine process has it. */
export async function loadHost({
  storagePath,
  cachePresets,
  log = () => undefined,
  ...options
}: HostSettings = {}) {
  makeSnapshotFolder(storagePath);
  return ModelHost.load(
    await runtime(),
    {
      extensionVersion: 'test',
      modelPath: starter,
      backend: 'cpu',
      gpuLayers,
      threads: 1,
      contextTokens: 1024,
      keyType: 'f16',
      valueType: 'f16',
      cacheMemory: 0,
      ...options,
    },
    { storagePath, cachePresets, log },
    () => undefined,
  );
}

const folders: string[] = [];
/** A fresh folder, removed by removeFolders(). */
export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-engine-'));
  folders.push(folder);
  return folder;
}
export function removeFolders(): void {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
}

/** Waits until a file with this ending is in the folder. */
export async function fileIn(folder: string, ending: string): Promise<string> {
  fs.mkdirSync(folder, { recursive: true });
  for (;;) {
    let watcher: fs.FSWatcher | undefined;
    const changed = new Promise<void>((resolve) => {
      watcher = fs.watch(folder, () => resolve());
    });
    try {
      const found = fs.readdirSync(folder).find((name) => name.endsWith(ending));
      if (found) return path.join(folder, found);
      await changed;
    } finally {
      watcher?.close();
    }
  }
}
