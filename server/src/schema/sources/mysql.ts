/**
 * Reads the schemas of a MySQL or MariaDB server and checks statements against it. The session is read-only, every
 * statement has a time-out, and only catalogue queries and COM_STMT_PREPARE are sent.
 */
import type { Connection as MysqlConnection } from 'mysql2/promise';
import type { ConnectionSettings } from '../../settings';
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
import { readMysql, type Query } from './mysqlCatalogue';
import type { SchemaSource } from './source';

export function mysqlSource(
  connection: ConnectionSettings,
  ask: AskPassword,
  samples: boolean,
  timing: ConnectionTiming = defaultConnectionTiming,
): SchemaSource {
  const secret: { password: string | undefined } = { password: undefined };
  const open = (signal: AbortSignal, limit: number) =>
    connect(connection, secret, ask, timing, limit, signal);
  const kept = new KeptConnection(
    (signal) => open(signal, timing.validate),
    (opened) => opened.destroy(),
    timing.idle,
  );
  const { host = 'localhost', port = 3306, database = '', user = '' } = connection;
  return {
    id: ['mysql', host, port, database, user, ...(connection.schemas ?? [])].join(' '),
    description: connection.name,
    watchPaths: [],
    isKept: true,
    read: async (signal, onNames) => {
      let opened: MysqlConnection | undefined;
      try {
        const client = (opened = await open(signal, timing.statement));
        const query = queryOf(client, timing.statement * 2, connection);
        const read = readMysql(query, connection, samples, onNames);
        return await abortable(read, signal, () => stop(client, connection, secret.password));
      } catch (error) {
        throw explainConnection(error, connection);
      } finally {
        opened?.destroy();
      }
    },
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
    // No file of this machine is sent because a server asks for it.
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
  limit: number,
  signal: AbortSignal,
): Promise<MysqlConnection> {
  const mysql = (await import('mysql2/promise')).default;
  return openWithPassword(connection, secret, ask, async (password) => {
    const options = { ...optionsOf(connection, password), connectTimeout: timing.connect };
    const opening = mysql.createConnection(options).then(async (client) => {
      // Without a listener a connection that breaks would end the server's process.
      client.on('error', () => undefined);
      await client.query('SET SESSION TRANSACTION READ ONLY');
      // MariaDB counts seconds, MySQL milliseconds and only for SELECT.
      await client
        .query(`SET SESSION max_statement_time = ${String(limit / 1000)}`)
        .catch(() => client.query(`SET SESSION max_execution_time = ${String(limit)}`));
      return client;
    });
    const late = () => noAnswer(connection);
    // One that comes after all must not stay open.
    const discard = () => void opening.then((client) => client.destroy()).catch(() => undefined);
    return within(abortable(opening, signal, discard), timing.connect + 1000, late, discard);
  });
}

function queryOf(client: MysqlConnection, limit: number, connection: ConnectionSettings): Query {
  return async (text, values = [], isOptional = false) => {
    try {
      const [rows] = await within(client.query(text, [...values]), limit, () => noAnswer(connection));
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    } catch (error) {
      // What is only nice to know may be closed to this user, or unknown to an older server.
      const isUnknown = (error as { code?: string }).code === 'ER_UNKNOWN_TABLE';
      if (isOptional && (isRightsError(error) || isUnknown)) return [];
      throw error;
    }
  };
}

/** Ends the statement on the server by a connection of its own, and leaves. */
function stop(client: MysqlConnection, connection: ConnectionSettings, password: string | undefined): void {
  const { threadId } = client;
  client.destroy();
  if (typeof threadId !== 'number') return;
  void import('mysql2/promise')
    .then(async ({ default: mysql }) => {
      const other = await mysql.createConnection({
        ...optionsOf(connection, password),
        connectTimeout: 5000,
      });
      await other.query(`KILL ${String(threadId)}`).catch(() => undefined);
      other.destroy();
    })
    .catch(() => undefined);
}

/** The server's prepare parses and looks names up without running; it takes one statement only. */
function validator(kept: KeptConnection<MysqlConnection>, limit: number): Validate {
  return async (sql, signal) => {
    if (!preparable(sql, 'mysql')) return undefined;
    return kept.use(signal, limit, async (client) => {
      try {
        await prepare(client, sql.replace(/;\s*$/, ''));
        return { ok: true };
      } catch (error) {
        const { sqlState, code = '', sqlMessage } = error as Record<string, string | undefined>;
        // 42: syntax or name; 21, 22: wrong number of values. Rights and all else say nothing about the text.
        const isRights = code.includes('DENIED');
        if (sqlMessage === undefined || !/^(42|21|22|HY)/.test(sqlState ?? '') || isRights) throw error;
        return judge(sqlMessage, placeIn(sqlMessage, sql));
      }
    });
  };
}

/**
 * Prepares and closes. A read-only session refuses even to prepare a change of rows, so it is made writable for that
 * one message; nothing is executed in either.
 */
async function prepare(client: MysqlConnection, sql: string): Promise<void> {
  const attempt = async () => (await client.prepare(sql)).close();
  try {
    await attempt();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION') throw error;
    await client.query('SET SESSION TRANSACTION READ WRITE');
    try {
      await attempt();
    } finally {
      await client.query('SET SESSION TRANSACTION READ ONLY');
    }
  }
}

/** MySQL says no position, but quotes what it stopped at, or the name it does not know. */
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
