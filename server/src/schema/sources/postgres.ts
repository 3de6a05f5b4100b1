/**
 * Reads the schema of a PostgreSQL database (12 or newer) and checks statements against it. The session is read-only,
 * every statement has a time-out, and only catalogue queries and PREPARE are sent.
 */
import type { Client as PostgresClient, QueryConfig } from 'pg';
import type { ConnectionSettings } from '../../settings';
import type { Schema } from '../model';
import { judge, preparable, utf16Offset, type Validate } from '../validate';
import searchPathQuery from '../queries/postgres/search-path.sql';
import {
  abortable,
  defaultConnectionTiming,
  explainConnection,
  isRightsError,
  noAnswer,
  openWithPassword,
  searchPathOptions,
  tlsOptions,
  within,
  type AskPassword,
  type ConnectionTiming,
} from './connection';
import { KeptConnection } from './keptConnection';
import { readColumns, readFunctions, readNames, type NamedTable, type Query } from './postgresCatalogue';
import type { SchemaSource } from './source';
import { pendingTable } from './tables';

/** Tables whose columns are read at once; of the rest only those somebody asks for. */
const mostTables = 20_000;

export function postgresSource(
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
    (client) => void client.end().catch(() => undefined),
    timing.idle,
  );
  let named: readonly NamedTable[] = [];
  const { host = 'localhost', port = 5432, database = '', user = '' } = connection;
  const schemas = connection.schemas ?? [];

  const session = async <T>(signal: AbortSignal, work: (query: Query) => Promise<T>): Promise<T> => {
    let client: PostgresClient | undefined;
    try {
      client = await open(signal, timing.statement);
      const opened = client;
      const lost = new Promise<never>((_, reject) => opened.on('error', reject));
      lost.catch(() => undefined);
      return await abortable(
        // The server ends a statement by itself; this is for one that is gone without saying so.
        Promise.race([work(queryOf(opened, timing.statement * 2, connection)), lost]),
        signal,
        () => cancel(opened),
      );
    } catch (error) {
      throw explainConnection(error, connection);
    } finally {
      // Awaited, so that no second read counts on top of the first; a server that hangs is not waited for.
      const closing = client?.end() ?? Promise.resolve();
      await within(closing, timing.validate, () => noAnswer(connection)).catch(() => undefined);
    }
  };

  return {
    id: ['postgres', host, port, database, user, ...schemas, searchPathOptions(connection) ?? '']
      .join(' ')
      .trim(),
    description: connection.name,
    watchPaths: [],
    isKept: true,
    read: (signal, onNames) =>
      session(signal, async (query) => {
        const searchPath = (await query(searchPathQuery)).map((row) => String(row['namespace']));
        named = await readNames(query, connection.schemas, searchPath);
        const schema: Schema = { dialect: 'postgres', source: connection.name, tables: [], searchPath };
        onNames?.({ ...schema, tables: named.map(({ table }) => pendingTable(table)) });
        const tables = await readColumns(query, named.slice(0, mostTables), named, samples);
        const functions = await readFunctions(query, connection.schemas);
        const rest = named.slice(mostTables).map(({ table }) => pendingTable(table));
        return { ...schema, tables: [...tables, ...rest], functions };
      }),
    readTables: (tables, signal) => {
      const keys = new Set(tables.map((table) => `${table.namespace ?? ''}.${table.name}`));
      const wanted = named.filter(({ table }) => keys.has(`${table.namespace ?? ''}.${table.name}`));
      return session(signal, (query) => readColumns(query, wanted, named, samples));
    },
    validate: validator(kept, timing.validate),
    dispose: () => kept.dispose(),
  };
}

async function connect(
  connection: ConnectionSettings,
  secret: { password: string | undefined },
  ask: AskPassword,
  timing: ConnectionTiming,
  statementLimit: number,
  signal: AbortSignal,
): Promise<PostgresClient> {
  const { Client } = (await import('pg')).default;
  const startOptions = searchPathOptions(connection);
  return openWithPassword(connection, secret, ask, async (password, needed) => {
    const client = new Client({
      // All of it is said: nothing is taken from the environment.
      host: connection.host ?? 'localhost',
      port: connection.port ?? 5432,
      user: connection.user ?? '',
      database: connection.database ?? connection.user ?? '',
      ssl: tlsOptions(connection),
      ...(startOptions === undefined ? {} : { options: startOptions }),
      password: () => {
        if (password === undefined) needed();
        return password ?? '';
      },
      application_name: 'SQL Ahead',
    });
    const destroy = () => (client as unknown as Inside).connection.stream.destroy();
    // Without a listener a connection that breaks would end the server's process.
    client.on('error', () => undefined);
    const opening = client.connect().then(async () => {
      await client.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY');
      await client.query(`SET statement_timeout = ${String(statementLimit)}`);
    });
    await within(abortable(opening, signal, destroy), timing.connect, () => noAnswer(connection), destroy);
    return client;
  });
}

function queryOf(client: PostgresClient, limit: number, connection: ConnectionSettings): Query {
  const run = async (text: string, values: readonly unknown[]) =>
    (await client.query<Record<string, unknown>>(text, [...values])).rows;
  return async (text, values = [], isOptional = false) => {
    try {
      return await within(run(text, values), limit, () => noAnswer(connection));
    } catch (error) {
      // What is only nice to know may be closed to this user.
      if (isOptional && isRightsError(error)) return [];
      throw error;
    }
  };
}

/** What pg's types leave out of a client: its socket, and the key the server gave it to cancel with. */
interface Inside {
  readonly connection: NodeJS.EventEmitter & {
    readonly stream: { destroy(): void };
    connect(portOrPath: number | string, host?: string): void;
    requestSsl(): void;
    cancel(processId: number, secretKey: number): void;
  };
  readonly constructor: new (config: unknown) => Inside;
  readonly host: string;
  readonly port: number;
  readonly ssl: unknown;
  readonly processID: number;
  readonly secretKey: number;
}

/** Tells the server to stop, on a connection of its own as the protocol wants it, and leaves. */
function cancel(client: PostgresClient): void {
  const inside = client as unknown as Inside;
  const { host, port, ssl, processID, secretKey } = inside;
  const { connection } = new inside.constructor({ host, port, ssl });
  connection.on('error', () => undefined);
  connection.once('connect', () => (ssl ? connection.requestSsl() : connection.cancel(processID, secretKey)));
  connection.once('sslconnect', () => connection.cancel(processID, secretKey));
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${String(port)}`);
  else connection.connect(port, host);
  inside.connection.stream.destroy();
}

const prefix = 'PREPARE sql_ahead_check AS ';

/** PREPARE parses and analyses without running; the extended protocol takes one statement only, whatever is in it. */
function validator(kept: KeptConnection<PostgresClient>, limit: number): Validate {
  return async (sql, signal) => {
    if (!preparable(sql, 'postgres')) return undefined;
    return kept.use(signal, limit, async (client) => {
      try {
        await client.query({ text: prefix + sql, queryMode: 'extended' } as QueryConfig);
        await client.query('DEALLOCATE sql_ahead_check');
        return { ok: true };
      } catch (error) {
        const { code, position, message } = error as { code?: string; position?: string; message: string };
        // 42: syntax error or access rule; 22, 0A: bad literal, not supported. All else says nothing about the text.
        if (code === undefined || !/^(42|22|0A)/.test(code) || code === '42501') throw error;
        const at = position === undefined ? undefined : Number(position) - 1 - prefix.length;
        return judge(message, at === undefined || at < 0 ? undefined : utf16Offset(sql, at));
      }
    });
  };
}
