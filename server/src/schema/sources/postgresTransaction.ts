/**
 * The only ways in which SQL Ahead talks to a PostgreSQL session: a transaction that is read-only and rolled back, with
 * all settings local to it. Behind a pooler the session belongs to others as well, so that nothing may stay in it.
 */
import type { Client as PostgresClient, Connection } from 'pg';
import literalsRunQuery from '../queries/postgres/literals-run.sql';

/** What the session was like before the transaction. */
export interface SessionState {
  /** Schemas that are searched for names without one, the first one first. */
  readonly searchPath: readonly string[];
  /** How it reads a backslash in '…': standard_conforming_strings. */
  readonly backslash: 'escapes' | 'plain';
}

type Row = Readonly<Record<string, unknown>>;

const begin = (limit: number): string =>
  [
    'BEGIN TRANSACTION READ ONLY',
    `SET LOCAL statement_timeout = ${String(limit)}`,
    `SET LOCAL lock_timeout = ${String(Math.ceil(limit / 2))}`,
  ].join('; ');

/**
 * Under the search path of a database an unqualified function or operator may be one that any of its users made
 * (CVE-2018-1058). So nothing but the system's is found; pg_temp would be searched first if it were not named.
 */
const onlySystem = 'SET LOCAL search_path = pg_catalog, pg_temp';

/** Qualified, without an operator or a cast: it runs under the database's own search path. */
const stateQuery =
  'SELECT pg_catalog.array_to_json(pg_catalog.current_schemas(false)) AS namespaces, ' +
  "pg_catalog.current_setting('standard_conforming_strings') AS conforming";

/**
 * Begins a transaction in which only the system's own functions, operators and types are found.
 *
 * @param limit milliseconds a statement may take
 */
export async function beginCatalogue(client: PostgresClient, limit: number): Promise<SessionState> {
  const [row] = rowsOf(await client.query([begin(limit), stateQuery, onlySystem].join('; ')));
  const namespaces = row?.['namespaces'];
  return {
    searchPath: Array.isArray(namespaces) ? namespaces.map(String) : [],
    backslash: row?.['conforming'] === 'off' ? 'escapes' : 'plain',
  };
}

export async function rollback(client: PostgresClient): Promise<void> {
  await client.query('ROLLBACK');
}

/**
 * Whether the server takes the statement: it parses and analyses it under the session's own search path, as an unnamed
 * statement, and neither plans nor runs it. False where the analysis itself could run somebody's function: it turns
 * literals into values, and the CHECK of a domain within an array, row or range is evaluated then.
 *
 * @throws the driver's error where the server refuses it, with `position` in the statement
 */
export async function parses(client: PostgresClient, sql: string, limit: number): Promise<boolean> {
  const mayHoldLiteral = /['$]/.test(sql);
  const asked = mayHoldLiteral
    ? // Rolled back to, because the search path may be one that the session was given, not its default.
      ['SAVEPOINT before', onlySystem, literalsRunQuery.replace(/;\s*$/, ''), 'ROLLBACK TO before']
    : [];
  try {
    const answers = await client.query([begin(limit), ...asked].join('; '));
    if (rowsOf(answers)[0]?.['literals_run'] === true) return false;
    await parse(client, sql);
    return true;
  } finally {
    await rollback(client);
  }
}

/** Rows of the one statement among several that has some. */
function rowsOf(answers: unknown): readonly Row[] {
  const list = (Array.isArray(answers) ? answers : [answers]) as { readonly rows: readonly Row[] }[];
  return list.flatMap(({ rows }) => rows);
}

/** The driver has no way to parse without binding and executing, but takes whatever can submit itself. */
function parse(client: PostgresClient, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query({
      submit(connection: Connection) {
        connection.parse({ name: '', text, types: [] }, false);
        connection.close({ type: 'S', name: '' }, false);
        connection.sync();
      },
      handleError: reject,
      handleReadyForQuery: () => resolve(),
    } as never);
  });
}
