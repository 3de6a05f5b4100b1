/**
 * Reads a connection as people have it at hand: an address in one line, a line of a `.env` file, libpq's `host=…
 * dbname=…`, or a path. Makes an entry of `sqlAhead.connections` of it, and describes an entry in a few words. Used by
 * the commands and passwords. No VS Code here.
 */
import type { ConnectionSettings } from '../../server/src/settings';

export interface ReadConnection {
  readonly connection: ConnectionSettings;
  /** The password in the address. It must not get into the settings. */
  readonly password?: string;
  /** One sentence that names the parts of the address that are not used, without their values. */
  readonly note?: string;
}

type Kind = ConnectionSettings['kind'];

/** What has been read from an address so far. */
interface Parts {
  readonly kind: Kind;
  /** Names of the parameters that are not used. */
  readonly unused: string[];
  readonly notes: string[];
  hosts: string;
  port?: string;
  database?: string;
  user?: string;
  password?: string;
  ssl?: ConnectionSettings['ssl'];
  rootCertificate?: string;
  searchPath?: readonly string[];
}

/**
 * Scheme → kind of database, with the names that frameworks use. The driver behind a plus is taken off first:
 * `postgresql+psycopg2`.
 */
const kinds: Readonly<Record<string, Kind>> = {
  ...named('postgres', 'postgres postgresql psql pgsql pg postgis pdo-pgsql pdo_pgsql'),
  ...named('mysql', 'mysql mysql2 mysqli mysqlx mariadb trilogy pdo-mysql pdo_mysql'),
  ...named('sqlite', 'sqlite sqlite3 file pdo-sqlite pdo_sqlite'),
  ...named('duckdb', 'duckdb'),
};

function named(kind: Kind, schemes: string): Record<string, Kind> {
  return Object.fromEntries(schemes.split(' ').map((scheme) => [scheme, kind]));
}

const help = 'Write postgres://user@host/database, mysql://user@host/database, or a path.';
const unreadable =
  'This address cannot be read: write user@host:port/database, with special characters encoded: @ as %40.';

/** Names of SSL modes in the tools and drivers of servers. `unset`: as if the address named no mode. */
const sslModes: Readonly<Record<string, ConnectionSettings['ssl'] | 'unset'>> = {
  ...modes('off', 'disable disabled false 0 off no none'),
  ...modes('require', 'require required no-verify skip-verify accept_invalid_certs'),
  ...modes('verify', 'verify-ca verify-full verify_ca verify_identity true 1 on yes strict'),
  ...modes('unset', 'prefer preferred allow'),
};

function modes<T extends string>(mode: T, names: string): Record<string, T> {
  return Object.fromEntries(names.split(' ').map((name) => [name, mode]));
}

/** What to do with each parameter of an address. Keys are in lower case, without `-` and `_`. */
const readers: Readonly<Record<string, (parts: Parts, value: string, name: string) => void>> = {
  ...forNames('host hostname hostaddr server', (parts, value) => (parts.hosts = value)),
  ...forNames('socket socketpath unixsocket', (parts, value) => (parts.hosts = value)),
  ...forNames('port', (parts, value) => (parts.port = value)),
  ...forNames('user username userid uid', (parts, value) => (parts.user = value)),
  ...forNames('password passwd pwd', (parts, value) => (parts.password = value)),
  ...forNames('dbname database db', (parts, value) => (parts.database = value)),
  ...forNames('schema currentschema searchpath', readSearchPath),
  ...forNames('options', readOptions),
  ...forNames('sslmode ssl usessl tls sslaccept encrypt', readSsl),
  ...forNames('requiressl', (parts, value) =>
    readSsl(parts, value === 'true' ? 'require' : value, 'requireSSL'),
  ),
  ...forNames('sslrootcert sslca tlsca ca', (parts, value) => {
    // libpq's `system` means the certificates that the system trusts. They are used anyway.
    if (value !== 'system') parts.rootCertificate = value;
  }),
  ...forNames('verifyservercertificate', (parts, value, name) =>
    readSsl(parts, value === 'false' ? 'require' : value, name),
  ),
};

function forNames<T>(names: string, reader: T): Record<string, T> {
  return Object.fromEntries(names.split(' ').map((name) => [name, reader]));
}

/** @returns the connection, or one sentence that says what to write instead */
export function readConnectionUrl(written: string): ReadConnection | string {
  const text = withoutWrapping(written);
  // The form that Go's MySQL driver reads: `user:password@tcp(host:3306)/shop`.
  const goDsn = /^([^:@/\s]*)(?::(.*))?@(?:tcp|unix)\(([^)]*)\)\/([^?]*)(?:\?(.*))?$/.exec(text);
  if (goDsn !== null) {
    const [, user = '', password = '', hosts = '', database = '', query = ''] = goDsn;
    const parts = partsOf('mysql', { hosts, user, password, database });
    return readQuery(parts, query) ?? finished(parts);
  }
  const jdbc = /^jdbc:/i.test(text) ? text.slice('jdbc:'.length) : text;
  const scheme = /^([a-z][a-z0-9_-]+)(?:\+[a-z0-9_]+)?:/i.exec(jdbc);
  if (scheme !== null && !isPath(jdbc)) return readUrl(jdbc.slice(scheme[0].length), scheme[1] ?? '', jdbc);
  if (/^\w+\s*=/.test(text)) return readKeywords(text, 'postgres', /\s/);
  return readFile(text, undefined);
}

/** Takes off what people copy along with an address: `DATABASE_URL="…"`, quotes, `psql`. */
function withoutWrapping(written: string): string {
  let text = written.trim().replace(/^psql\s+(?=["']?[a-z]+[:=])/, '');
  const assigned = /^(?:export\s+|set\s+)?["']?(?:[A-Z][A-Z0-9_]+|[\w.-]*url|dsn)["']?\s*[=:]\s*/.exec(text);
  if (assigned !== null) text = text.slice(assigned[0].length).replace(/\s+#.*$|[,;]\s*$/, '');
  // Text behind the closing quote is a comment.
  const quotes = /^(["'`])(.*?)\1(?:\s*#.*|\s*)$/.exec(text);
  return (quotes?.[2] ?? text).trim();
}

/** `C:\data\shop.db` looks like an address with the scheme `C`. */
const isPath = (text: string): boolean => /^(?:[a-z]:[\\/]|[.~]?[\\/])/i.test(text);

const schemeOnly = /^(?:loadbalance|replication|sequential|failover|aurora):/i;

/** @param rest what follows the scheme's colon */
function readUrl(rest: string, scheme: string, whole: string): ReadConnection | string {
  const kind = kinds[scheme.toLowerCase()];
  if (kind === undefined)
    return `"${scheme}" is not known: begin with postgres:// or mysql://, or write the path of a file.`;
  if (kind === 'sqlite' || kind === 'duckdb') return readFileUrl(rest, scheme.toLowerCase());
  const text = rest.replace(schemeOnly, '');
  // PHP's PDO: pgsql:host=…;dbname=…
  if (/^\w+=/.test(text)) return readKeywords(text, kind, /;/);
  // JDBC without a host: jdbc:postgresql:shop
  const slashed = text.startsWith('//') ? text.slice(2) : text.startsWith('/') ? text : `/${text}`;
  const address = /^([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(#.*)?$/.exec(slashed);
  if (address === null || whole.endsWith('://') || address[4] !== undefined) return unreadable;
  const [, authority = '', path = '', query = ''] = address;
  const at = authority.lastIndexOf('@');
  const [user = '', ...password] = authority.slice(0, Math.max(0, at)).split(':');
  try {
    const parts = partsOf(kind, {
      hosts: decodeURIComponent(authority.slice(at + 1)),
      user: decodeURIComponent(user),
      password: decodeURIComponent(password.join(':')),
      database: decodeURIComponent(path.slice(1)),
    });
    return readQuery(parts, query) ?? finished(parts);
  } catch {
    return unreadable;
  }
}

function partsOf(kind: Kind, known: Partial<Parts>): Parts {
  return { kind, unused: [], notes: [], hosts: '', ...known };
}

/** @returns a sentence when the query cannot be read */
function readQuery(parts: Parts, query: string): string | undefined {
  for (const pair of query.split('&').filter((one) => one !== '')) {
    const [name = '', ...value] = pair.split('=');
    try {
      // A plus means a space in web forms only; in a password it is a plus.
      take(parts, decodeURIComponent(name), decodeURIComponent(value.join('=')));
    } catch {
      return unreadable;
    }
  }
  return undefined;
}

function take(parts: Parts, name: string, value: string): void {
  const reader = readers[name.toLowerCase().replace(/[-_ ]/g, '')];
  if (reader === undefined) parts.unused.push(name);
  else reader(parts, value, name);
}

/** `host=localhost dbname=shop password='a b'`, the form of libpq and Npgsql. */
function readKeywords(text: string, kind: Kind, separator: RegExp): ReadConnection | string {
  const parts = partsOf(kind, {});
  const isLibpq = separator.test(' ') && !/^[^'=]*=[^'\s;]*;/.test(text);
  const pattern = isLibpq
    ? /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\[\s\S])*)'|((?:[^\s\\']|\\[\s\S])*))(?=\s|$)/y
    : /\s*(\w[\w ]*?)\s*=\s*(?:"([^"]*)"|([^;]*))\s*(?:;|$)/y;
  for (let at = 0; text.slice(at).trim() !== '';) {
    pattern.lastIndex = at;
    const [whole = '', name = '', quoted, plain = ''] = pattern.exec(text) ?? [];
    if (whole === '') return unreadable;
    const value = quoted ?? plain;
    take(parts, name, isLibpq ? value.replace(/\\([\s\S])/g, '$1') : value);
    at += whole.length;
  }
  if (!isLibpq && /(?:^|;)\s*uid\s*=/i.test(text)) return finished({ ...parts, kind: 'mysql' });
  if (parts.hosts === '' && parts.database === undefined && parts.user === undefined) return help;
  return finished(parts);
}

// Parameters

/**
 * `tenant, public`: the schemas in which the server looks for unqualified names. libpq and Prisma have this parameter.
 */
function readSearchPath(parts: Parts, value: string, name: string): void {
  const schemas = value
    .split(',')
    .map((one) => one.trim().replace(/^"(.*)"$/, '$1'))
    .filter((one) => one !== '');
  if (parts.kind !== 'postgres') parts.unused.push(name);
  else if (schemas.length > 0) parts.searchPath = schemas;
}

/** `-c search_path=tenant -c statement_timeout=5s`: takes the search path and leaves the rest. */
function readOptions(parts: Parts, value: string): void {
  const settings = value.matchAll(/(?:-c\s*|--)([\w.-]+)=((?:\\.|[^\s\\])*)/g);
  let rest = value;
  for (const [whole, name = '', setting = ''] of settings) {
    rest = rest.replace(whole, '');
    if (name.replaceAll('-', '_') === 'search_path')
      readSearchPath(parts, setting.replace(/\\(.)/g, '$1'), 'options');
    else parts.unused.push(name);
  }
  if (rest.trim() !== '') parts.unused.push('options');
}

function readSsl(parts: Parts, value: string, name: string): void {
  const mode = sslModes[value.toLowerCase()] ?? sslOfJson(value);
  if (mode === undefined) parts.unused.push(`${name}=${value.length > 20 ? '…' : value}`);
  else if (mode === 'unset')
    parts.notes.push(`${name}=${value} is not followed: TLS is off to this machine and verified to others.`);
  // `sslmode` says more than `ssl=true`, so it wins.
  else if (parts.ssl === undefined || name.toLowerCase().includes('mode')) parts.ssl = mode;
}

/** The driver mysql2 writes `ssl={"rejectUnauthorized":false}`. */
function sslOfJson(value: string): ConnectionSettings['ssl'] {
  if (!/^\{.*\}$/.test(value)) return undefined;
  return /"rejectUnauthorized"\s*:\s*false/.test(value) ? 'require' : 'verify';
}

// The connection from what was read

function finished(parts: Parts): ReadConnection | string {
  const { kind, notes, unused, ssl, rootCertificate, searchPath } = parts;
  const [first = '', ...others] = parts.hosts.split(',');
  const socket = /^(\/.*?)(?::(\d+))?$/.exec(first);
  const bracketed = /^\[([^\]]*)\](?::(\d*))?$/.exec(first);
  const [, host = '', ownPort] =
    socket ?? bracketed ?? (first.split(':').length > 2 ? [first, first] : [first, ...first.split(':')]);
  const port = (ownPort ?? '') === '' ? parts.port?.split(',')[0] : ownPort;
  if (socket === null && /[()\s]/.test(host)) return unreadable;
  if (port !== undefined && port !== '' && (!/^\d+$/.test(port) || Number(port) < 1 || Number(port) > 65535))
    return unreadable;
  const user = parts.user ?? '';
  const database = parts.database ?? '';
  if (user === '') return 'The user is missing: write user@ before the host.';
  // MySQL has no default database. PostgreSQL takes the one with the user's name.
  if (database === '' && kind === 'mysql') return 'The database is missing: write /database behind the host.';
  if (others.length > 0) notes.unshift(`Of several hosts only the first is used: ${host}.`);
  if (unused.length > 0) notes.push(`Not used: ${[...new Set(unused)].join(', ')}.`);
  return {
    connection: {
      name: database || user,
      kind,
      ...(host === '' ? {} : { host }),
      ...(port === undefined || port === '' ? {} : { port: Number(port) }),
      ...(database === '' ? {} : { database }),
      user,
      ...(ssl === undefined ? {} : { ssl }),
      ...(rootCertificate === undefined ? {} : { rootCertificate }),
      ...(searchPath === undefined ? {} : { searchPath }),
    },
    ...(parts.password === undefined || parts.password === '' ? {} : { password: parts.password }),
    ...(notes.length === 0 ? {} : { note: notes.join(' ') }),
  };
}

// Files

/** `sqlite:///shop.db`, `sqlite:////data/shop.db`, `file:./dev.db`, `duckdb:x.duckdb`. */
function readFileUrl(rest: string, scheme: string): ReadConnection | string {
  const [path = '', query = ''] = rest.split('?', 2);
  let file = pathOf(path, scheme);
  try {
    file = decodeURIComponent(file);
  } catch {
    // The name has a percent sign of its own: take it as written.
  }
  const unused = query
    .split('&')
    .flatMap((pair) => pair.split('=', 1))
    .filter((name) => name !== '');
  const kind = scheme === 'file' && endingOf(file) !== undefined ? undefined : kinds[scheme];
  return readFile(file, kind, unused);
}

/**
 * SQLAlchemy and Rails write three slashes before a relative path and four before an absolute one. `file:` writes three
 * before an absolute one.
 */
function pathOf(path: string, scheme: string): string {
  if (path.startsWith('////')) return path.slice(3);
  const isDrive = /^\/\/\/[a-z]:/i.test(path);
  if (path.startsWith('///')) return path.slice(scheme === 'file' && !isDrive ? 2 : 3);
  return path.replace(/^\/\/(?:localhost(?=\/))?/, '');
}

const endingOf = (path: string): string | undefined => /\.(duckdb|ddb|sqlite3?|db3?)$/i.exec(path)?.[1];

/** @param kind undefined when the file's name must tell it */
function readFile(
  path: string,
  kind: Kind | undefined,
  unused: readonly string[] = [],
): ReadConnection | string {
  if (/^:?memory:?$/i.test(path))
    return 'A database in memory belongs to its program: write the path of a file.';
  const ending = endingOf(path);
  if (path === '' || (ending === undefined && kind === undefined)) return help;
  const isDuck = ending !== undefined && /^(?:duckdb|ddb)$/i.test(ending);
  return {
    connection: { name: nameOfFile(path), kind: kind ?? (isDuck ? 'duckdb' : 'sqlite'), database: path },
    ...(unused.length === 0 ? {} : { note: `Not used: ${unused.join(', ')}.` }),
  };
}

const nameOfFile = (file: string): string => file.split(/[\\/]/).at(-1) ?? file;

/** Where the connection leads to, without its password: `postgres · user@host:5432/database`. */
export function describeConnection(connection: ConnectionSettings): string {
  const { kind, host = 'localhost', port, user, database } = connection;
  if (kind === 'sqlite' || kind === 'duckdb') return `${kind} · ${database ?? ''}`;
  const at = `${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}`;
  return `${kind} · ${at}${database === undefined ? '' : `/${database}`}`;
}

/**
 * The key under which a password is kept. It is made of the password's destination, not of the connection's name: else
 * the settings of a workspace could reuse the name and have the password sent to another server.
 */
export function secretKey(connection: ConnectionSettings): string {
  const { kind, host = 'localhost', port, user, ssl, rootCertificate } = connection;
  const trusted = rootCertificate === undefined ? [] : [rootCertificate];
  return `sqlAhead.password ${JSON.stringify([kind, host, port ?? 0, user ?? '', ssl ?? '', ...trusted])}`;
}

/** The name, with a number behind it when another connection has that name. */
export function freeName(name: string, taken: readonly string[]): string {
  for (let n = 1; ; n++) {
    const tried = n === 1 ? name : `${name} ${String(n)}`;
    if (!taken.includes(tried)) return tried;
  }
}
