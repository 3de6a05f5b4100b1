/**
 * Reads the schema of a PostgreSQL database (12 or newer) and checks statements against it. Only catalogue queries run,
 * and statements to be checked are only parsed, each in a transaction of postgresTransaction.ts.
 */
import type { Client as PostgresClient } from 'pg';
import type { ConnectionSettings } from '../../settings';
import type { Schema } from '../model';
import { judge, preparable, utf16Offset, type Validate } from '../validate';
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
import {
  isListed,
  readColumns,
  readFunctions,
  readNames,
  sequenceTable,
  type NamedTable,
  type Query,
} from './postgresCatalogue';
import { beginCatalogue, parses, rollback, type SessionState } from './postgresTransaction';
import type { SchemaSource } from './source';
import { pendingTable } from './tables';

/** Most tables whose columns are read at once. The columns of further tables are read when somebody names them. */
const mostTables = 20_000;

export function postgresSource(
  connection: ConnectionSettings,
  ask: AskPassword,
  samples: boolean,
  timing: ConnectionTiming = defaultConnectionTiming,
): SchemaSource {
  const secret: { password: string | undefined } = { password: undefined };
  const open = (signal: AbortSignal) => connect(connection, secret, ask, timing, signal);
  const kept = new KeptConnection(open, (client) => void client.end().catch(() => undefined), timing.idle);
  let named: readonly NamedTable[] = [];
  const { host = 'localhost', port = 5432, database = '', user = '' } = connection;
  const schemas = connection.schemas ?? [];

  const session = async <T>(
    signal: AbortSignal,
    work: (query: Query, state: SessionState) => Promise<T>,
  ): Promise<T> => {
    let client: PostgresClient | undefined;
    try {
      client = await open(signal);
      const opened = client;
      const lost = new Promise<never>((_, reject) => opened.on('error', reject));
      lost.catch(() => undefined);
      return await abortable(
        Promise.race([inCatalogue(opened, timing.statement, connection, work), lost]),
        signal,
        () => cancel(opened),
      );
    } catch (error) {
      throw explainConnection(error, connection);
    } finally {
      // Wait for it, so that two reads are never connected at the same time, but not for a server that hangs.
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
      session(signal, async (query, { searchPath, backslash }) => {
        named = await readNames(query, connection.schemas, searchPath);
        const schema: Schema = {
          dialect: 'postgres',
          source: connection.name,
          tables: [],
          searchPath,
          backslash,
        };
        const listed = named.filter(isListed);
        onNames?.({ ...schema, tables: listed.map(({ table }) => pendingTable(table)) });
        const read = listed.slice(0, mostTables);
        const tables = await readColumns(query, read, named, samples, searchPath);
        const functions = await readFunctions(query, connection.schemas, searchPath);
        const rest = listed.slice(mostTables).map(({ table }) => pendingTable(table));
        // Their columns are read when somebody names them.
        const unlisted = named
          .filter((one) => !isListed(one))
          .slice(0, mostTables)
          .map((one) => (one.isSequence ? sequenceTable(one) : pendingTable(one.table)));
        const isComplete = (connection.schemas ?? []).length === 0 && named.length <= mostTables;
        return {
          ...schema,
          tables: [...tables, ...rest],
          ...(unlisted.length === 0 ? {} : { unlisted }),
          ...(isComplete ? { isComplete } : {}),
          functions,
        };
      }),
    readTables: (tables, signal) => {
      const keys = new Set(tables.map((table) => `${table.namespace ?? ''}.${table.name}`));
      const wanted = named.filter(({ table }) => keys.has(`${table.namespace ?? ''}.${table.name}`));
      return session(signal, (query, { searchPath }) =>
        readColumns(query, wanted, named, samples, searchPath),
      );
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
  signal: AbortSignal,
): Promise<PostgresClient> {
  const { Client } = (await import('pg')).default;
  const startOptions = searchPathOptions(connection);
  return openWithPassword(connection, secret, ask, async (password, needed) => {
    const client = new Client({
      // All options are given, so that the driver takes nothing from the environment.
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
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    const destroy = () => (client as unknown as Inside).connection.stream.destroy();
    // Without a listener a broken connection would end the server's process.
    client.on('error', () => undefined);
    await within(
      abortable(client.connect(), signal, destroy),
      timing.connect,
      () => noAnswer(connection),
      destroy,
    );
    return client;
  });
}

/** @param limit milliseconds that a query may take */
async function inCatalogue<T>(
  client: PostgresClient,
  limit: number,
  connection: ConnectionSettings,
  work: (query: Query, state: SessionState) => Promise<T>,
): Promise<T> {
  // The server ends a slow statement itself. This time-out is for a server that is gone without a word.
  const timely = <R>(answer: Promise<R>): Promise<R> => within(answer, limit * 2, () => noAnswer(connection));
  const state = await timely(beginCatalogue(client, limit));
  const query: Query = async (text, values = [], isOptional = false) => {
    try {
      return (await timely(client.query<Record<string, unknown>>(text, [...values]))).rows;
    } catch (error) {
      // An optional query may be forbidden to this user.
      if (!isOptional || !isRightsError(error)) throw error;
      // The error has ended the transaction.
      await timely(rollback(client));
      await timely(beginCatalogue(client, limit));
      return [];
    }
  };
  const result = await work(query, state);
  await timely(rollback(client));
  return result;
}

/** Parts of a client that pg's types leave out: its socket, and the key that the server gave it to cancel with. */
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

/** Tells the server to stop, over a connection of its own as the protocol requires. */
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

function validator(kept: KeptConnection<PostgresClient>, limit: number): Validate {
  return async (sql, signal) => {
    if (!preparable(sql, 'postgres')) return undefined;
    return kept.use(signal, limit, async (client) => {
      try {
        return (await parses(client, sql, limit)) ? { ok: true } : undefined;
      } catch (error) {
        const { code, position, message } = error as { code?: string; position?: string; message: string };
        // 42: syntax error or access rule; 22, 0A: bad literal, not supported. Other errors say nothing about the text:
        // 42501 is a missing right, 42P05 a statement of another client of a pooler.
        if (code === undefined || !/^(42|22|0A)/.test(code) || /^(42501|42P05)$/.test(code)) throw error;
        const at = position === undefined ? undefined : Number(position) - 1;
        return judge(message, at === undefined || at < 0 ? undefined : utf16Offset(sql, at));
      }
    });
  };
}
