/**
 * Names the folder in which the engine host saves the cache of schemas (host/cache/snapshots.ts), so that the language server
 * can delete those files when the person asks for it.
 */
import { readdir, rm } from 'node:fs/promises';
import * as path from 'node:path';

/** @param storagePath folder that the engine may write to */
export const snapshotFolder = (storagePath: string): string => path.join(storagePath, 'schemas');

/** Removes all snapshots. Rejects when it cannot. */
export async function forgetSnapshots(storagePath: string): Promise<void> {
  const folder = snapshotFolder(storagePath);
  // The folder itself stays, because a running engine goes on writing into it.
  for (const name of await readdir(folder).catch(() => []))
    await rm(path.join(folder, name), { force: true });
}
