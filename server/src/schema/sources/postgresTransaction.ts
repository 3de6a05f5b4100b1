/**
 * The only ways in which SQL Ahead uses a PostgreSQL session: in a transaction that is read-only and rolled back, with
 * all settings local to it. Behind a pooler the session belongs to others too, so nothing may remain in it.
 */
import type { Client as PostgresClient, Connection } from 'pg';
import literalsRunQuery from '../queries/postgres/literals-run.sql';

/** The session's properties before the transaction. */
export interface SessionState {
  /** Schemas in which unqualified names are looked for, in order. */
  readonly searchPath: readonly string[];
  /** What a backslash in '…' means: standard_conforming_strings. */
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
 * On a database's search path any of its users may have put a function or operator (CVE-2018-1058), which an
 * unqualified name would then call. So only the system's are found. pg_temp would be searched first if it were not
 * named.
 */
const onlySystem = 'SET LOCAL search_path = pg_catalog, pg_temp';

/** Fully qualified, without operators and casts, because it runs under the database's own search path. */
const stateQuery =
  'SELECT pg_catalog.array_to_json(pg_catalog.current_schemas(false)) AS namespaces, ' +
  "pg_catalog.current_setting('standard_conforming_strings') AS conforming";

/**
 * Begins a transaction in which only the system's own functions, operators and types are found.
 *
 * @param limit milliseconds that a statement may take
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
 * Asks the server to parse and analyse the statement under the session's own search path, as an unnamed statement that
 * is neither planned nor run. False when the analysis itself could run somebody's function: it turns literals into
 * values, and then evaluates the CHECK of a domain inside an array, row or range.
 *
 * @throws the driver's error when the server refuses the statement, with `position` in it
 */
export async function parses(client: PostgresClient, sql: string, limit: number): Promise<boolean> {
  const mayHoldLiteral = /['$]/.test(sql);
  const asked = mayHoldLiteral
    ? // Rolled back to, because the session may have another search path than its default.
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

/** The rows of the one statement among several that has some. */
function rowsOf(answers: unknown): readonly Row[] {
  const list = (Array.isArray(answers) ? answers : [answers]) as { readonly rows: readonly Row[] }[];
  return list.flatMap(({ rows }) => rows);
}

/** pg has no call that parses without executing, but sends any object that can submit itself. */
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
