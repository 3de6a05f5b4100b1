/**
 * How a window finds the engine host that is already running: by a small file, the record (`engine-<key>.json`), in a folder
 * that only the user may enter. The record names the host's process and the Unix socket or named pipe it listens on. The key
 * in its name is a hash of model, options and protocol version, so a window finds only a host that fits. The socket's name is
 * random, so that nobody else can listen there first.
 */
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { SqlAheadError } from '../../errors';
import { protocolVersion, type HostOptions } from './messages';

/** The system's limit for the path of a socket is 104 bytes on macOS and 108 on Linux, with the closing zero. */
const longestSocketPath = 103;

/** A hash of the options and of the model file's size and time of change: a file that was replaced is another model. */
export function endpointKey(options: HostOptions): string {
  let file = '';
  try {
    const stat = fs.statSync(options.modelPath);
    file = `${stat.size.toString()}:${stat.mtimeMs.toString()}`;
  } catch {
    // The host that is started for it reports that the file is missing.
  }
  return createHash('sha256')
    .update(JSON.stringify([protocolVersion, options, file]))
    .digest('hex')
    .slice(0, 16);
}

/** A host greets at once even while it loads a model, because native work has threads of its own; one that does not, hangs. */
export const greetingLimitMs = 10_000;

/** What a host writes down once it listens. */
export interface EndpointRecord {
  readonly pid: number;
  /** Path of the socket, or name of the pipe. */
  readonly address: string;
}

/**
 * Path of the record, in the first of several folders that can be made or closed to other users. Makes the folder.
 * @throws SqlAheadError ERR_CACHE_FOLDER when no folder can be used.
 */
export function endpointPath(key: string): string {
  const uid = process.getuid?.() ?? 0;
  const own = (variable: string): string | undefined =>
    process.env[variable] && path.join(process.env[variable], 'sql-ahead');
  const candidates = [
    process.env['SQL_AHEAD_RUNTIME_DIR'],
    // The profile of a Windows user is closed to others.
    process.platform === 'win32' ? own('LOCALAPPDATA') : own('XDG_RUNTIME_DIR'),
    path.join(os.tmpdir(), `sql-ahead-${uid.toString()}`),
    path.join(os.homedir(), '.sql-ahead'),
  ];
  for (const folder of candidates) {
    if (!folder) continue;
    const endpoint = path.join(path.resolve(folder), `engine-${key}.json`);
    const fits = process.platform === 'win32' || Buffer.byteLength(newAddress(endpoint)) <= longestSocketPath;
    if (fits && isPrivateFolder(folder, uid)) return endpoint;
  }
  throw new SqlAheadError(
    'ERR_CACHE_FOLDER',
    'No private folder for the engine could be made; make the temporary folder or the home folder writable, then run "SQL Ahead: Restart the Engine".',
  );
}

/** A fresh address for a host of this endpoint. */
export function newAddress(endpoint: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\sql-ahead-${randomBytes(16).toString('hex')}`;
  return `${endpoint.replace(/\.json$/, '')}-${randomBytes(4).toString('hex')}.sock`;
}

/** What the record says; undefined when there is none. */
export function readRecord(endpoint: string): EndpointRecord | undefined {
  try {
    const { pid, address } = JSON.parse(fs.readFileSync(endpoint, 'utf8')) as Partial<EndpointRecord>;
    return Number.isSafeInteger(pid) && typeof address === 'string'
      ? { pid: Number(pid), address }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the record; false when there is one already. Readers never see half of it. @throws the system's error */
export function writeRecord(endpoint: string, record: EndpointRecord): boolean {
  const written = `${endpoint}.${record.pid.toString()}`;
  fs.writeFileSync(written, JSON.stringify(record), { mode: 0o600 });
  try {
    fs.linkSync(written, endpoint);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    removeFile(written);
  }
}

/** Removes this host's socket, and its record unless another host has replaced that by now. */
export function removeRecord(endpoint: string, record: EndpointRecord | undefined): void {
  if (readRecord(endpoint)?.address === record?.address) removeFile(endpoint);
  // Only a socket is a file there; Windows removes a pipe with its process.
  if (record && path.dirname(record.address) === path.dirname(endpoint)) removeFile(record.address);
}

function removeFile(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch {
    // Already gone.
  }
}

/** Makes the folder if need be; true when it is writable, ours, and closed to everybody else. */
function isPrivateFolder(folder: string, uid: number): boolean {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stat = fs.lstatSync(folder);
    if (process.platform === 'win32') return stat.isDirectory();
    if (!stat.isDirectory() || stat.uid !== uid) return false;
    if ((stat.mode & 0o077) !== 0) fs.chmodSync(folder, 0o700);
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
