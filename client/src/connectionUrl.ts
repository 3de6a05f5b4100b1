/**
 * Connections as people write them in one line, `postgres://user@host:5432/database` or a path: read into an entry of
 * `sqlAhead.connections`, and told in a few words. No VS Code here.
 */
import type { ConnectionSettings } from '../../server/src/protocol';

export interface ReadConnection {
  readonly connection: ConnectionSettings;
  /** Written in the address; it must not get into the settings. */
  readonly password?: string;
}

const kinds: Readonly<Record<string, 'postgres' | 'mysql'>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
};

/** Modes as servers' own tools call them. */
const sslModes: Readonly<Record<string, ConnectionSettings['ssl']>> = {
  disable: 'off',
  disabled: 'off',
  require: 'require',
  required: 'require',
  'verify-ca': 'verify',
  'verify-full': 'verify',
  verify_ca: 'verify',
  verify_identity: 'verify',
};

/** @returns the connection, or one sentence that says what to write instead */
export function readConnectionUrl(written: string): ReadConnection | string {
  const text = written.trim();
  const scheme = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    const file = /\.(duckdb|ddb|sqlite3?|db3?)$/i.exec(text)?.[1];
    if (file === undefined)
      return 'Write postgres://user@host/database, mysql://user@host/database, or a path.';
    const kind = /^d(uck|d)/i.test(file) && !/^db/i.test(file) ? 'duckdb' : 'sqlite';
    return { connection: { name: nameOfFile(text), kind, database: text } };
  }
  const kind = kinds[scheme];
  if (kind === undefined) return `"${scheme}" is not known: begin with postgres:// or mysql://.`;
  let url;
  let parts;
  try {
    url = new URL(text.replace(/^[a-z]+/i, 'http'));
    parts = [url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent);
  } catch {
    return 'This address cannot be read: write user@host:port/database, with odd characters as %40 and the like.';
  }
  const [user = '', password = '', database = ''] = parts;
  if (user === '') return 'The user is missing: write user@ before the host.';
  // MySQL knows no default; PostgreSQL takes the one that is called like the user.
  if (database === '' && kind === 'mysql') return 'The database is missing: write /database behind the host.';
  const ssl =
    sslModes[(url.searchParams.get('sslmode') ?? url.searchParams.get('ssl-mode') ?? '').toLowerCase()];
  return {
    connection: {
      name: database || user,
      kind,
      host: url.searchParams.get('host') ?? url.hostname.replace(/^\[|\]$/g, ''),
      // What http leaves out as its own default was written all the same.
      ...portOf(text, url),
      ...(database === '' ? {} : { database }),
      user,
      ...(ssl === undefined ? {} : { ssl }),
    },
    ...(password === '' ? {} : { password }),
  };
}

function portOf(text: string, url: URL): { port?: number } {
  const port = url.port === '' ? /:(80)(?:[/?]|$)/.exec(text)?.[1] : url.port;
  return port === undefined ? {} : { port: Number(port) };
}

const nameOfFile = (file: string): string => file.split(/[\\/]/).at(-1) ?? file;

/** Where it leads to, without a password: `postgres · user@host:5432/database`. */
export function describeConnection(connection: ConnectionSettings): string {
  const { kind, host = 'localhost', port, user, database } = connection;
  if (kind === 'sqlite' || kind === 'duckdb') return `${kind} · ${database ?? ''}`;
  const at = `${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}`;
  return `${kind} · ${at}${database === undefined ? '' : `/${database}`}`;
}

/**
 * Under what a password is kept: by where it is sent to and not by the connection's name, so that settings of a
 * workspace cannot have it sent elsewhere.
 */
export function secretKey({ kind, host = 'localhost', port, user, ssl }: ConnectionSettings): string {
  return `sqlAhead.password ${JSON.stringify([kind, host, port ?? 0, user ?? '', ssl ?? ''])}`;
}

/** The name, with a number where another connection has it already. */
export function freeName(name: string, taken: readonly string[]): string {
  for (let n = 1; ; n++) {
    const tried = n === 1 ? name : `${name} ${String(n)}`;
    if (!taken.includes(tried)) return tried;
  }
}
