/** A fresh folder for each test that wants one; all are removed behind the suite. */
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
