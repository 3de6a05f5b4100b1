/** A new temporary folder for each test that asks for one. All are removed after the suite. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Call inside describe(); returns a function that makes a folder. */
export function temporaryFolders(): () => string {
  const made: string[] = [];
  after(() => {
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-test-'));
    made.push(folder);
    return folder;
  };
}
