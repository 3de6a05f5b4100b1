/** Where the engine host keeps schemas' states (host/cache/snapshots.ts), for it and for who removes them. */
import { readdir, rm } from 'node:fs/promises';
import * as path from 'node:path';

/** @param storagePath folder the engine may write to */
export const snapshotFolder = (storagePath: string): string => path.join(storagePath, 'schemas');

/** Removes all snapshots. Rejects where that cannot be. */
export async function forgetSnapshots(storagePath: string): Promise<void> {
  const folder = snapshotFolder(storagePath);
  // The folder stays: an engine that runs goes on writing into it.
  for (const name of await readdir(folder).catch(() => []))
    await rm(path.join(folder, name), { force: true });
}
