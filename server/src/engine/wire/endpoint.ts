/**
 * Where an engine host listens: a Unix socket in a folder only its owner may enter, or a named pipe on Windows.
 * The name is a digest of everything that must agree between a window and the engine it joins.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { SqlAheadError } from '../../errors';
import { protocolVersion, type HostOptions } from './messages';

/** sun_path holds 104 bytes on macOS and 108 on Linux, with the closing zero. */
const longestSocketPath = 103;

/** The model counts by path, size and time of change: a replaced file is another model. */
export function endpointKey(options: HostOptions): string {
  let file = '';
  try {
    const stat = fs.statSync(options.modelPath);
    file = `${stat.size.toString()}:${stat.mtimeMs.toString()}`;
  } catch {
    // A missing model gets its own host, which reports it as every other model error.
  }
  return createHash('sha256')
    .update(JSON.stringify([protocolVersion, options, file]))
    .digest('hex')
    .slice(0, 16);
}

/**
 * Path of the socket or pipe; makes the folder. The first folder that is ours alone wins.
 * @throws SqlAheadError ERR_CACHE_FOLDER when no folder can be used.
 */
export function endpointPath(key: string): string {
  if (process.platform === 'win32') {
    const user = createHash('sha256').update(os.homedir()).digest('hex').slice(0, 8);
    return `\\\\.\\pipe\\sql-ahead-${user}-${key}`;
  }
  const uid = process.getuid?.() ?? 0;
  const candidates = [
    process.env['SQL_AHEAD_RUNTIME_DIR'],
    process.env['XDG_RUNTIME_DIR'] && path.join(process.env['XDG_RUNTIME_DIR'], 'sql-ahead'),
    path.join(os.tmpdir(), `sql-ahead-${uid.toString()}`),
    path.join(os.homedir(), '.sql-ahead'),
  ];
  for (const folder of candidates) {
    if (!folder) continue;
    const socket = path.join(folder, `engine-${key}.sock`);
    if (Buffer.byteLength(socket) <= longestSocketPath && isPrivateFolder(folder, uid)) return socket;
  }
  throw new SqlAheadError(
    'ERR_CACHE_FOLDER',
    'No private folder for the engine could be made; make the temporary folder or the home folder writable, then run "SQL Ahead: Restart the Engine".',
  );
}

/** Makes the folder if need be; true when it is writable, ours, and closed to everybody else. */
function isPrivateFolder(folder: string, uid: number): boolean {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stat = fs.lstatSync(folder);
    if (!stat.isDirectory() || stat.uid !== uid) return false;
    if ((stat.mode & 0o077) !== 0) fs.chmodSync(folder, 0o700);
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
