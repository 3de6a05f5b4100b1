/**
 * Reads the schemas of a MySQL or MariaDB server and checks statements against it. Sends only catalogue queries, each
 * with its own time-out, and COM_STMT_PREPARE, in a read-only transaction. It changes no setting of the session,
 * because behind a proxy the session belongs to others too.
 */
import { randomUUID } from 'node:crypto';
import type { Connection as MysqlConnection } from 'mysql2/promise';
import { SqlAheadError } from '../../errors';
import type { ConnectionSettings } from '../../settings';
import { quoteLiteral } from '../../sql/quoteLiteral';
import { judge, onlyPlaceOf, preparable, type Validate } from '../validate';
import {
  abortable,
  defaultConnectionTiming,
  explainConnection,
  isRightsError,
  noAnswer,
  openWithPassword,
  tlsOptions,
  within,
  type AskPassword,
  type ConnectionTiming,
} from './connection';
import { KeptConnection } from './keptConnection';
import { MysqlCatalogue, type Query } from './mysqlCatalogue';
import type { SchemaSource } from './source';

export function mysqlSource(
  connection: ConnectionSettings,
  ask: AskPassword,
  samples: boolean,
  timing: ConnectionTiming = defaultConnectionTiming,
): SchemaSource {
  const secret: { password: string | undefined } = { password: undefined };
  const open = (signal: AbortSignal) => connect(connection, secret, ask, timing, signal);
  const kept = new KeptConnection(open, (opened) => opened.destroy(), timing.idle);
  const { host = 'localhost', port = 3306, database = '', user = '' } = connection;
  const session = async <T>(
    signal: AbortSignal,
    work: (catalogue: MysqlCatalogue) => Promise<T>,
  ): Promise<T> => {
    let opened: MysqlConnection | undefined;
    try {
      const client = (opened = await open(signal));
      // This mark identifies the statements of this reading, on whatever server or session of a proxy they run.
      const mark = randomUUID();
      const reading = async (): Promise<T> => {
        await client.query('START TRANSACTION READ ONLY');
        return work(
          new MysqlCatalogue(queryOf(client, timing.statement, mark, connection), connection, samples),
        );
      };
      return await abortable(reading(), signal, () => {
        client.destroy();
        stop(mark, connection, secret.password);
      });
    } catch (error) {
      throw explainConnection(error, connection);
    } finally {
      await leave(opened, timing.validate);
    }
  };
  return {
    id: ['mysql', host, port, database, user, ...(connection.schemas ?? [])].join(' '),
    description: connection.name,
    watchPaths: [],
    isKept: true,
    read: (signal, onNames) => session(signal, (catalogue) => catalogue.read(onNames)),
    readTables: (tables, signal) => session(signal, (catalogue) => catalogue.readTables(tables)),
    validate: validator(kept, timing.validate),
    dispose: () => kept.dispose(),
  };
}

function optionsOf(connection: ConnectionSettings, password: string | undefined) {
  const host = connection.host ?? 'localhost';
  const ssl = tlsOptions(connection);
  return {
    ...(host.startsWith('/') ? { socketPath: host } : { host, port: connection.port ?? 3306 }),
    user: connection.user ?? '',
    ...(password === undefined ? {} : { password }),
    ...(connection.database ? { database: connection.database } : {}),
    ...(ssl ? { ssl: { ...ssl, verifyIdentity: ssl.rejectUnauthorized } } : {}),
    multipleStatements: false,
    // A server may ask the client for local files: never send one.
    flags: ['-LOCAL_FILES'],
    charset: 'utf8mb4',
    supportBigNumbers: true,
    dateStrings: true,
  };
}

async function connect(
  connection: ConnectionSettings,
  secret: { password: string | undefined },
  ask: AskPassword,
  timing: ConnectionTiming,
  signal: AbortSignal,
): Promise<MysqlConnection> {
  const mysql = (await import('mysql2/promise')).default;
  return openWithPassword(connection, secret, ask, async (password) => {
    const options = { ...optionsOf(connection, password), connectTimeout: timing.connect };
    const opening = mysql.createConnection(options).then((client) => {
      // Without a listener a broken connection would end the server's process.
      client.on('error', () => undefined);
      return client;
    });
    const late = () => noAnswer(connection);
    // A connection that opens too late must be closed.
    const discard = () => void opening.then((client) => client.destroy()).catch(() => undefined);
    return within(abortable(opening, signal, discard), timing.connect + 1000, late, discard);
  });
}

/** Ends the transaction, without waiting for a server that hangs. */
async function leave(client: MysqlConnection | undefined, limit: number): Promise<void> {
  if (client === undefined) return;
  const late = () => new SqlAheadError('ERR_CONNECTION_TIMEOUT', 'The server did not end the transaction.');
  await within(client.query('ROLLBACK'), limit, late).catch(() => undefined);
  client.destroy();
}

/**
 * Adds a time limit to this one query. MySQL reads the first comment as a hint, MariaDB runs the second, and neither
 * sets anything in the session.
 *
 * @param limit milliseconds
 */
function limited(text: string, limit: number, mark: string): string {
  const bare = text.replace(/^(?:--.*\n)+/, '').replace(/;\s*$/, '');
  const hinted = bare.replace(/^SELECT\b/, `SELECT /*+ MAX_EXECUTION_TIME(${String(limit)}) */`);
  return `/*M!100102 SET STATEMENT max_statement_time = ${String(limit / 1000)} FOR */ ${hinted} /* ${mark} */`;
}

/**
 * Puts the values in place of the question marks, correct in every mode of a session. A list is written without
 * parentheses.
 */
function filled(text: string, values: readonly unknown[]): string {
  const left = [...values];
  const literal = (value: unknown): string =>
    typeof value === 'number' ? String(value) : quoteLiteral(String(value), 'mysql');
  return text.replace(/\?/g, () => {
    const value = left.shift();
    return Array.isArray(value) ? value.map(literal).join(', ') : literal(value);
  });
}

function queryOf(
  client: MysqlConnection,
  limit: number,
  mark: string,
  connection: ConnectionSettings,
): Query {
  return async (text, values = [], isOptional = false) => {
    try {
      const bare = text.replace(/^(?:--.*\n)+/, '');
      const sql = limited(values.length === 0 ? bare : filled(bare, values), limit, mark);
      const [rows] = await within(client.query(sql), limit * 2, () => noAnswer(connection));
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    } catch (error) {
      // An optional query may be forbidden to this user, or unknown to an older server.
      const isUnknown = (error as { code?: string }).code === 'ER_UNKNOWN_TABLE';
      if (isOptional && (isRightsError(error) || isUnknown)) return [];
      throw error;
    }
  };
}

/**
 * Ends the statement with the mark, over a connection of its own. The session's number would be unsafe: behind a
 * balancer another server may have that number for somebody else's session.
 */
function stop(mark: string, connection: ConnectionSettings, password: string | undefined): void {
  void import('mysql2/promise')
    .then(async ({ default: mysql }) => {
      const other = await mysql.createConnection({
        ...optionsOf(connection, password),
        connectTimeout: 5000,
      });
      other.on('error', () => undefined);
      try {
        const running = `SELECT id AS id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND info LIKE '%${mark}%'`;
        const [rows] = await other.query(running);
        for (const { id } of rows as { id: number }[]) await other.query(`KILL QUERY ${String(id)}`);
      } finally {
        other.destroy();
      }
    })
    .catch(() => undefined);
}

/** Refusals that are about the session or the server, though their state is one of those about the text. */
const saysNothing =
  /LOCK|TOO_MANY_USER_CONNECTIONS|USER_LIMIT|MAX_PREPARED|NEED_REPREPARE|OPTION_PREVENTS|OUT_OF_RESOURCES|OUTOFMEMORY|CON_COUNT/;

/**
 * The server's prepare parses a statement and looks its names up, without running it. It accepts one statement only.
 */
function validator(kept: KeptConnection<MysqlConnection>, limit: number): Validate {
  return async (sql, signal) => {
    if (!preparable(sql, 'mysql')) return undefined;
    return kept.use(signal, limit, async (client) => {
      try {
        await prepare(client, sql.replace(/;\s*$/, ''));
        return { ok: true };
      } catch (error) {
        const { sqlState, code = '', sqlMessage } = error as Record<string, string | undefined>;
        // 42: syntax or name; 21, 22: wrong number of values. Missing rights and other errors say nothing about the
        // text.
        const isRights = code.includes('DENIED') || saysNothing.test(code);
        if (sqlMessage === undefined || !/^(42|21|22|HY)/.test(sqlState ?? '') || isRights) throw error;
        return judge(sqlMessage, placeIn(sqlMessage, sql));
      }
    });
  };
}

/**
 * Prepares and closes, which executes nothing. In a read-only transaction, except for a change of rows, which MariaDB
 * does not even prepare in one.
 */
async function prepare(client: MysqlConnection, sql: string): Promise<void> {
  const attempt = async () => (await client.prepare(sql)).close();
  await client.query('START TRANSACTION READ ONLY');
  try {
    await attempt();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION') throw error;
    await client.query('ROLLBACK');
    await attempt();
  } finally {
    await client.query('ROLLBACK');
  }
}

/** MySQL tells no position, but quotes the text where it stopped, or the name that it does not know. */
function placeIn(message: string, sql: string): number | undefined {
  const near = /near '([\s\S]*)' at line (\d+)/.exec(message);
  if (near) {
    const [, text = '', line = '1'] = near;
    const lines = sql.split('\n').slice(0, Number(line) - 1);
    const from = lines.join('\n').length + (lines.length > 0 ? 1 : 0);
    const at = text === '' ? sql.length : sql.indexOf(text, from);
    return at < 0 ? undefined : at;
  }
  const name = /'([^']+)'/.exec(message)?.[1]?.split('.').at(-1);
  return name === undefined ? undefined : onlyPlaceOf(name, sql, 'mysql');
}
