/** What the sources on servers share: time limits, cancellation, passwords, and errors as sentences. No driver here. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { SqlAheadError } from '../../errors';
import type { ConnectionSettings } from '../../settings';

/**
 * Gets the password from the person or the client's store; undefined when they give none. `again`: the last was wrong.
 */
export type AskPassword = (connection: ConnectionSettings, again: boolean) => Promise<string | undefined>;

/** Limits in milliseconds. */
export interface ConnectionTiming {
  /** Until the connection is ready, including greeting and password. */
  readonly connect: number;
  /** For one catalogue query. */
  readonly statement: number;
  /** For one check of a statement; the person is waiting. */
  readonly validate: number;
  /** How long an unused connection for checks is kept. */
  readonly idle: number;
}

export const defaultConnectionTiming: ConnectionTiming = {
  connect: 15_000,
  statement: 60_000,
  validate: 2_000,
  idle: 60_000,
};

/** Rejects with ERR_CANCELLED as soon as the signal is aborted. `onAbort` ends the work. */
export async function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal,
  onAbort: () => void = () => undefined,
): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      onAbort();
      reject(new SqlAheadError('ERR_CANCELLED', 'Reading the schema was cancelled.'));
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    // The work may still fail later, when nobody waits for it.
    work.catch(() => undefined);
  }
}

/** Rejects with `late()` when the work takes longer. `onLate` ends the work. */
export async function within<T>(
  work: Promise<T>,
  milliseconds: number,
  late: () => SqlAheadError,
  onLate: () => void = () => undefined,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(late());
    }, milliseconds);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|\/.*)?$/i;

/**
 * TLS options for a driver. Certificates are checked unless the settings say otherwise; on this machine TLS is off by
 * default.
 */
export function tlsOptions(
  connection: ConnectionSettings,
): false | { rejectUnauthorized: boolean; ca?: string } {
  const wanted = connection.ssl ?? (loopback.test(connection.host ?? '') ? 'off' : 'verify');
  if (wanted === 'off') return false;
  const { name, rootCertificate } = connection;
  if (rootCertificate === undefined) return { rejectUnauthorized: wanted === 'verify' };
  try {
    const ca = readFileSync(withHome(rootCertificate), 'utf8');
    return { rejectUnauthorized: wanted === 'verify', ca };
  } catch {
    throw new SqlAheadError(
      'ERR_CONNECTION_TLS',
      `The connection ${name} names certificates in ${rootCertificate}, which cannot be read: correct rootCertificate.`,
    );
  }
}

/** The path, with the person's home folder in place of a `~` at its beginning. */
export function withHome(path: string): string {
  return /^~(?=[\\/]|$)/.test(path) ? homedir() + path.slice(1) : path;
}

/** PostgreSQL's start-up option that sets the search path; undefined when the settings name none. */
export function searchPathOptions({ searchPath }: ConnectionSettings): string | undefined {
  if (searchPath === undefined || searchPath.length === 0) return undefined;
  const names = searchPath.map((schema) => `"${schema.replaceAll('"', '""')}"`).join(',');
  // The server splits options at spaces without a backslash.
  return `-c search_path=${names.replace(/[\s\\]/g, '\\$&')}`;
}

const codes = {
  password: ['28P01', 'ER_ACCESS_DENIED_ERROR', 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR'],
  expired: ['ER_MUST_CHANGE_PASSWORD', 'ER_MUST_CHANGE_PASSWORD_LOGIN'],
  database: ['3D000', 'ER_BAD_DB_ERROR'],
  rights: [
    '42501',
    'ER_DBACCESS_DENIED_ERROR',
    'ER_TABLEACCESS_DENIED_ERROR',
    'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  ],
  unreachable: [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'ENOENT',
    'EACCES',
  ],
  crowded: ['53300', 'ER_CON_COUNT_ERROR', 'ER_TOO_MANY_USER_CONNECTIONS'],
  slow: ['57014', '55P03', 'ER_STATEMENT_TIMEOUT', 'ER_QUERY_TIMEOUT', 'PROTOCOL_SEQUENCE_TIMEOUT'],
  tls: ['HANDSHAKE_NO_SSL_SUPPORT', 'HANDSHAKE_SSL_ERROR', 'ERR_TLS_CERT_ALTNAME_INVALID'],
};

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
};

export function isPasswordError(error: unknown): boolean {
  return codes.password.includes(codeOf(error));
}

/** True when the connection has ended: the error says nothing about the statement. */
export function isLost(error: unknown): boolean {
  if (error instanceof SqlAheadError) return false;
  const { fatal, sqlState } = error as { fatal?: unknown; sqlState?: unknown };
  if (fatal === true) return true;
  // 08: connection exceptions. The others: shut down, crashed, idle for too long.
  const state = typeof sqlState === 'string' && sqlState !== '' ? sqlState : codeOf(error);
  return !/^[0-9A-Z]{5}$/.test(state) || /^(08|57P0[1235]$|25P03$)/.test(state);
}

export function isRightsError(error: unknown): boolean {
  return codes.rights.includes(codeOf(error));
}

/** The driver's error as one sentence that says what to do. It names settings, and never holds a password. */
export function explainConnection(error: unknown, connection: ConnectionSettings): SqlAheadError {
  if (error instanceof SqlAheadError) return error;
  const { name, user = '', host = 'localhost', database = '' } = connection;
  // The driver's error is not kept as the cause, because some contain the connection's options.
  const fail = (code: SqlAheadError['code'], text: string): SqlAheadError =>
    new SqlAheadError(code, `The connection ${name} ${text}`);
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : '';
  if (codes.password.includes(code)) {
    // MySQL gives this error also to a user who must connect encrypted.
    const more =
      code.startsWith('ER_') && tlsOptions(connection) === false ? ', and whether they need "ssl"' : '';
    return fail(
      'ERR_CONNECTION_PASSWORD',
      `was refused for the user "${user}": check user and password${more}.`,
    );
  }
  const said = firstLine(message);
  if (code === '28000' && /pg_hba/.test(message)) {
    const isPlain = /no encryption|SSL off/i.test(message);
    return isPlain
      ? fail(
          'ERR_CONNECTION_TLS',
          `is not let in without encryption: set "ssl" in its settings, or have a line for "${user}" and "${database}" added to the server's pg_hba.conf.`,
        )
      : fail(
          'ERR_CONNECTION_RIGHTS',
          `is not let in: no line of the server's pg_hba.conf fits this machine, the user "${user}" and the database "${database}"; its administrator can add one.`,
        );
  }
  if (code.startsWith('28')) {
    return fail(
      'ERR_CONNECTION_RIGHTS',
      `may not sign in as "${user}" (${said}): correct its settings, or have the server's administrator change that.`,
    );
  }
  if (codes.expired.includes(code)) {
    return fail(
      'ERR_CONNECTION_PASSWORD',
      `is refused because the password of "${user}" has expired: set a new one with the server's own client.`,
    );
  }
  if (/insecure transport/i.test(message)) {
    return fail('ERR_CONNECTION_TLS', 'is not let in without encryption: set "ssl" in its settings.');
  }
  const plugin = /unknown plugin "?([\w-]+)/.exec(message)?.[1];
  if (plugin !== undefined) {
    return fail(
      'ERR_CONNECTION_RIGHTS',
      `signs "${user}" in with ${plugin}, which SQL Ahead does not know: use a user with mysql_native_password or caching_sha2_password.`,
    );
  }
  if (codes.database.includes(code)) {
    return fail(
      'ERR_CONNECTION_DATABASE',
      `found no database "${database}" on ${host}: correct its settings.`,
    );
  }
  if (codes.rights.includes(code)) {
    return fail(
      'ERR_CONNECTION_RIGHTS',
      `may not read the catalogue as "${user}": grant it the right, or connect as another user.`,
    );
  }
  if (codes.crowded.includes(code)) {
    return fail(
      'ERR_CONNECTION_UNREACHABLE',
      'finds no free place on the server: close others, then read again.',
    );
  }
  if (codes.slow.includes(code)) {
    return fail('ERR_CONNECTION_TIMEOUT', 'took too long to answer: try again, or name fewer schemas.');
  }
  if (codes.tls.includes(code) || /SSL|TLS|certificate|self.signed/i.test(message)) {
    return fail(
      'ERR_CONNECTION_TLS',
      'could not be encrypted: give the server a certificate this machine trusts, or change "ssl" in its settings.',
    );
  }
  if (codes.unreachable.includes(code) || error instanceof AggregateError) {
    return fail(
      'ERR_CONNECTION_UNREACHABLE',
      `does not reach ${host}: check that the server runs, and its host and port in the settings.`,
    );
  }
  if (!isLost(error) && said !== '') {
    return fail('ERR_CONNECTION_RIGHTS', `could not be read, because the server says: ${said}`);
  }
  return fail('ERR_CONNECTION_LOST', `ended while the schema was read (${code || 'closed'}): read it again.`);
}

/** The first line of a server's message, short enough for ours. */
const firstLine = (message: string): string => message.split('\n', 1)[0]?.slice(0, 200) ?? '';

/** The error for a server that accepts connections but never answers. */
export function noAnswer(connection: ConnectionSettings): SqlAheadError {
  return new SqlAheadError(
    'ERR_CONNECTION_TIMEOUT',
    `The connection ${connection.name} gets no answer from ${connection.host ?? 'localhost'}: check that host and port lead to the database.`,
  );
}

/**
 * Opens a connection. Asks for a password only when the server wants one, and up to twice more when it was wrong.
 *
 * @param open rejects with the driver's error; must call `needed()` when the server wanted a password and had none
 */
export async function openWithPassword<T>(
  connection: ConnectionSettings,
  secret: { password: string | undefined },
  ask: AskPassword,
  open: (password: string | undefined, needed: () => void) => Promise<T>,
): Promise<T> {
  for (let asked = 0; ; asked++) {
    const wanted = { isNeeded: false };
    try {
      return await open(secret.password, () => (wanted.isNeeded = true));
    } catch (error) {
      const refused = isPasswordError(error);
      if (!(refused || wanted.isNeeded) || asked === 2) throw explainConnection(error, connection);
      const answer = await ask(connection, refused && secret.password !== undefined);
      if (answer === undefined) {
        const text = `The connection ${connection.name} needs a password: run "SQL Ahead: Pick a Connection" and give it.`;
        throw new SqlAheadError('ERR_CONNECTION_PASSWORD', text);
      }
      secret.password = answer;
    }
  }
}
