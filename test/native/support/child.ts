/** Runs a few lines with the bare addon in a process of their own, to see how that process ends. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pluginFile } from '../../../native/binding';
import { backend, contextOptions, directory, gpuLayers, starter } from './runtime';

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** @param source statements that may use load(), model, context, options, feed(context) and gc() */
export function runChild(source: string): Promise<Ending> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-child-'));
  const file = path.join(folder, 'child.js');
  writeFileSync(
    file,
    `const addon = require(${JSON.stringify(path.join(directory, 'sqlahead.node'))});
    const options = ${JSON.stringify({ ...contextOptions, microBatchTokens: 16 })};
    const load = () => addon.loadModel({ path: ${JSON.stringify(starter)}, gpuLayers: ${gpuLayers} });
    const feed = (context) => context.decode({
      tokens: new Int32Array(480).fill(100), positions: Int32Array.from({ length: 480 }, (_, i) => i),
      sequences: new Int32Array(480), logits: new Uint8Array(480).fill(1, 479),
    }, 4);
    (async () => {
      if (${JSON.stringify(backend)} !== 'cpu') await addon.loadBackend(${JSON.stringify(pluginFile(directory, backend))});
      addon.loadProcessorBackend(${JSON.stringify(directory)});
      let model = await load();
      let context = await model.createContext(options);
      ${source}
    })();`,
  );
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--expose-gc', file], (_error, _stdout, stderr) => {
      rmSync(folder, { recursive: true });
      resolve({ code: child.exitCode, signal: child.signalCode, stderr });
    });
  });
}
