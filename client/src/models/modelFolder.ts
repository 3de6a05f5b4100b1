/**
 * The folder of downloaded models. It lies in the extension's storage, which an update of the extension leaves alone.
 */
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { machine, partialNames } from './download';
import { tryLock } from './downloadLock';
import type { Room } from './modelChoices';
import { codeOf, ModelError } from './modelError';

export interface StoredModel {
  /** Path of the file when it is whole. */
  readonly file: string;
  /** Bytes on the disk. */
  readonly bytes: number;
  readonly isWhole: boolean;
}

/** The models on the disk, whole or in part, by name. */
export async function storedModels(folder: string): Promise<readonly StoredModel[]> {
  const names = await fs.readdir(folder).catch((): string[] => []);
  const models = new Map<string, StoredModel>();
  for (const name of names.sort()) {
    const [, whole, part] = /^(.+\.gguf)(\.part)?$/.exec(name) ?? [];
    if (whole === undefined) continue;
    const bytes = await sizeOf(path.join(folder, name));
    const file = path.join(folder, whole);
    // The names are sorted, so the whole file comes before its part, and the part is left out.
    if (bytes !== undefined && !models.has(file)) models.set(file, { file, bytes, isWhole: part === undefined });
  }
  return [...models.values()];
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const stat = await fs.stat(file);
    return stat.isFile() ? stat.size : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Removes a model, whole or in part.
 * @throws ModelError ERR_MODEL_FOLDER when a window downloads it or the engine has it open
 */
export async function removeModel(file: string): Promise<void> {
  const { part, state, lock } = partialNames(file);
  const held = await tryLock(lock).catch((error: unknown) => {
    throw cannotRemove(file, error);
  });
  if (!held)
    throw new ModelError(
      'ERR_MODEL_FOLDER',
      `${path.basename(file)} is being downloaded: stop the download, then remove it.`,
    );
  try {
    for (const one of [file, part, state]) await fs.rm(one, { force: true });
  } catch (error) {
    throw cannotRemove(file, error);
  } finally {
    await held.release();
  }
}

function cannotRemove(file: string, cause: unknown): ModelError {
  return new ModelError(
    'ERR_MODEL_FOLDER',
    `${path.basename(file)} cannot be removed (${codeOf(cause)}): close other windows that use it, then try again.`,
    { cause },
  );
}

/** Memory and disk of this machine. In a container, memory is the container's limit. */
export async function roomFor(folder: string): Promise<Room> {
  const constrained = process.constrainedMemory();
  const total = os.totalmem();
  const memory = constrained > 0 && constrained < total ? constrained : total;
  await fs.mkdir(folder, { recursive: true }).catch(() => undefined);
  const free = await machine.freeBytes(folder).catch(() => undefined);
  return { memory, free };
}
