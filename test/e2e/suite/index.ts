/** The entry point that VS Code calls inside the extension host, in the server and on the desktop. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import Mocha from 'mocha';

export async function run(): Promise<void> {
  // The environment of the server is inherited by the extension host.
  const output = process.env['SQL_AHEAD_E2E_RESULT'];
  const mocha = new Mocha({
    timeout: 240_000,
    color: false,
    reporter: output ? 'json' : 'spec',
    ...(output ? { reporterOptions: { output } } : {}),
  });
  for (const file of fs.readdirSync(__dirname))
    if (file.endsWith('.test.js')) mocha.addFile(path.join(__dirname, file));
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures.toString()} tests failed.`);
}
