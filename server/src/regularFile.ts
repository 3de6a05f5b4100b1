/**
 * Reads files whose paths come from a workspace or its settings. Such a path may lead to anything: a device that never
 * ends, a pipe that nobody writes to, a loop of links. Only regular files are read, and never more than a limit. The
 * functions that only look at a path never throw.
 */
import { constants, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

export type FileRefusal = 'missing' | 'denied' | 'folder' | 'not-regular' | 'too-large' | 'unreadable';

/** Why a file is not read. Callers put it into a sentence of their own. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused';
  constructor(
    readonly refusal: FileRefusal,
    options?: ErrorOptions,
  ) {
    super(`The file is not read: ${refusal}.`, options);
  }
}

/** With this flag a pipe without a writer opens at once. Windows has neither the flag nor such files. */
const openFlags = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

/**
 * Opens a regular file for reading; the caller closes the handle.
 *
 * @param limit bytes; a larger file is refused
 * @throws FileRefused
 */
export async function openRegularFile(
  path: string,
  limit = Infinity,
): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  // Check the path before opening, because opening a device may do something. Check again what was opened.
  refuseOthers(statOf(path), limit);
  let handle;
  try {
    handle = await open(path, openFlags);
  } catch (error) {
    throw refused(error);
  }
  try {
    const stat = await handle.stat();
    return { handle, size: refuseOthers(stat, limit) };
  } catch (error) {
    await handle.close();
    throw error instanceof FileRefused ? error : refused(error);
  }
}

/**
 * Reads the beginning of a regular file; all of it when it has at most `most` bytes.
 *
 * @param limit bytes; a larger file is refused
 * @throws FileRefused
 */
export async function readRegularFile(path: string, limit: number, most = limit): Promise<Buffer> {
  const { handle, size } = await openRegularFile(path, limit);
  try {
    const buffer = Buffer.alloc(Math.min(size, most));
    // Never read past the size that the file had: it may be growing without end.
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } catch (error) {
    throw refused(error);
  } finally {
    await handle.close();
  }
}

/** @returns its size in bytes. @throws FileRefused when the path leads to no regular file */
export function checkRegularFile(path: string, limit = Infinity): number {
  return refuseOthers(statOf(path), limit);
}

/**
 * Identity, size and time of change of the file at the path, in one text; `-` when it cannot be looked at. Never
 * throws.
 *
 * @param isLog treat an empty file as a missing one
 */
export function fingerprint(path: string, isLog = false): string {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined || (isLog && stat.size === 0n)) return '-';
    return `${String(stat.ino)}:${String(stat.size)}:${String(stat.mtimeNs)}`;
  } catch {
    return '-';
  }
}

function statOf(path: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(path);
  } catch (error) {
    throw refused(error);
  }
}

function refuseOthers(
  stat: { isFile(): boolean; isDirectory(): boolean; readonly size: number | bigint },
  limit: number,
): number {
  if (stat.isDirectory()) throw new FileRefused('folder');
  if (!stat.isFile()) throw new FileRefused('not-regular');
  const size = Number(stat.size);
  if (size > limit) throw new FileRefused('too-large');
  return size;
}

function refused(error: unknown): FileRefused {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const refusal =
    code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : isDenied(code) ? 'denied' : 'unreadable';
  return new FileRefused(refusal, { cause: error });
}

const isDenied = (code: string): boolean => code === 'EACCES' || code === 'EPERM';
