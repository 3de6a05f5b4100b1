/**
 * Tries one GPU backend in a child process, where a driver may crash or hang without harm: loads it and prints its
 * devices as one line of JSON. index.ts starts it as `node probe.js <directory> <backend>`.
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
