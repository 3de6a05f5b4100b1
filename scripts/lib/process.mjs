// Child processes and progress messages for the scripts. Has no dependencies, because it runs before anything is
// installed.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

export const say = (text) => console.log(`\u001b[1m${text}\u001b[0m`);

/** Runs a command in the repository. Resolves with its exit code, 128 after a signal. */
export function run(command, args, { cwd = root, env = {}, stdio = ['ignore', 'inherit', 'inherit'] } = {}) {
  return new Promise((resolve, reject) => {
    const shell = process.platform === 'win32' && command === 'npm'; // npm is a script there
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio, shell });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 128));
  });
}

/** Like run(), but a failure ends the script with a sentence. */
export async function must(command, args, options) {
  const code = await run(command, args, options);
  if (code !== 0) throw new Error(`'${[path.basename(command), ...args].join(' ')}' ended with ${code}`);
}

/** Does a step and prints its name and duration. */
export async function step(text, work) {
  const started = Date.now();
  const result = await work();
  say(`${text}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
