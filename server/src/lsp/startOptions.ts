/** Reads what `initialize` says about the client and its folder. A client may say nothing. */
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InitializationOptions } from '../settings';

export interface StartOptions {
  /** As in InitializationOptions, with defaults for what the client left out. */
  readonly storagePath: string;
  readonly trusted: boolean;
  readonly showsDdl: boolean;
  readonly tellsAcceptance: boolean;
  readonly remoteKey: string;
  readonly settings: unknown;
  /** The workspace folder; undefined when there is none on disk. */
  readonly folder: { readonly uri: string; readonly path: string } | undefined;
}

/** The parameters of `initialize` that are read. */
interface Start {
  readonly workspaceFolders?: readonly { readonly uri: string }[] | null;
  /** From older clients, which know one folder only. */
  readonly rootUri?: string | null;
  readonly initializationOptions?: unknown;
}

export function readStartOptions(params: Start): StartOptions {
  const given = (params.initializationOptions ?? {}) as InitializationOptions;
  const { storagePath, remoteKey } = given as { readonly [K in keyof InitializationOptions]: unknown };
  return {
    storagePath: typeof storagePath === 'string' && storagePath !== '' ? storagePath : storageFolder(),
    trusted: given.trusted !== false,
    showsDdl: given.showsDdl === true,
    tellsAcceptance: given.tellsAcceptance === true,
    remoteKey: typeof remoteKey === 'string' ? remoteKey : (process.env['SQL_AHEAD_REMOTE_KEY'] ?? ''),
    settings: given.settings,
    folder: folderOf(params),
  };
}

/** The platform's folder for an application's state: $XDG_STATE_HOME, Application Support, or LOCALAPPDATA. */
export function storageFolder(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = os.homedir(),
): string {
  // The XDG standard says to ignore a relative path: it would depend on the current folder.
  const given = (name: string, otherwise: string): string => {
    const value = env[name] ?? '';
    return path.isAbsolute(value) ? value : path.join(home, otherwise);
  };
  switch (platform) {
    case 'darwin':
      return path.join(home, 'Library', 'Application Support', 'sql-ahead');
    case 'win32':
      return path.join(given('LOCALAPPDATA', path.join('AppData', 'Local')), 'sql-ahead');
    default:
      return path.join(given('XDG_STATE_HOME', path.join('.local', 'state')), 'sql-ahead');
  }
}

/** The first workspace folder on disk, from newer and older clients. */
function folderOf({ workspaceFolders, rootUri }: Start): StartOptions['folder'] {
  const uris = workspaceFolders ? workspaceFolders.map(({ uri }) => uri) : [rootUri ?? ''];
  for (const uri of uris) {
    const folder = pathOf(uri);
    if (folder !== undefined) return { uri, path: folder };
  }
  return undefined;
}

function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch {
    // The folder is on another host.
    return undefined;
  }
}
