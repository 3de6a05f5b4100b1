/**
 * Expected values in a file beside the test. `UPDATE_SNAPSHOTS=1 npm test -- --only …` writes the actual values into
 * it.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Compares with the value of that name in the file, a path from the repository. */
export function expectSnapshot(file: string, name: string, seen: unknown): void {
  const all = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {};
  if (process.env['UPDATE_SNAPSHOTS']) {
    const sorted = Object.entries({ ...all, [name]: seen }).toSorted(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`);
    return;
  }
  assert.deepEqual(seen, all[name], `${name} is not as in ${file}; UPDATE_SNAPSHOTS=1 takes it over`);
}
