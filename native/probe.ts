/**
 * Runs in a child process: loads one GPU backend and prints its devices as one line of JSON. Drivers may crash or
 * hang; here they take nothing with them. Started by index.ts as `node probe.js <directory> <backend>`.
 */
import { writeSync } from 'node:fs';
import { loadBinding, pluginFile } from './binding';

const [directory = '', backend = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const binding = loadBinding(directory);
  await binding.loadBackend(pluginFile(directory, backend));
  writeSync(1, `${JSON.stringify({ devices: binding.devices() })}\n`);
  process.exit(0);
}

main().catch((error: unknown) => {
  writeSync(1, `${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`);
  process.exit(1);
});
