/**
 * Loads a script for a database's own client into the database, one statement after another, as the editor splits it.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import mysql from 'mysql2/promise';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { ConnectionSettings } from '../../server/src/settings';
import type { Dialect } from '../../server/src/schema/model';
import { splitStatements } from '../../server/src/sql/statements/statements';

/** A statement that the database refused, with what it said. */
export interface Refused {
  readonly statement: string;
  readonly message: string;
}

/** Where the script is to go is decided here; data say nothing about names; a failed statement must not undo others. */
const skipped =
  /^(?:\\|(?:(?:CREATE|DROP|ALTER)\s+(?:DATABASE|SCHEMA)|USE|INSERT|BEGIN|COMMIT|START\s+TRANSACTION)\b)/i;

const comments = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[^!][\s\S]*?\*\/)*/;

/** The statements of a script, without lines that are for the client's program. */
export function statementsOf(script: string, dialect: Dialect): string[] {
  let delimiter = ';';
  return splitStatements(script, dialect).flatMap(({ from, to }) => {
    const statement = script.slice(from, to).replace(comments, '');
    const isLine = dialect === 'mysql' && /^delimiter\b/i.test(statement);
    const ended = statement.endsWith(delimiter) ? statement.slice(0, -delimiter.length) : statement;
    if (isLine) delimiter = statement.split(/\s+/)[1] ?? ';';
    return isLine || ended.trim() === '' || skipped.test(ended) ? [] : [ended];
  });
}

async function runAll(
  statements: readonly string[],
  run: (statement: string) => unknown,
): Promise<readonly Refused[]> {
  const refused: Refused[] = [];
  for (const statement of statements) {
    for (let repair: string | undefined = '', tries = 0; repair !== undefined; tries++) {
      try {
        if (repair !== '') await run(repair);
        await run(statement);
        break;
      } catch (error) {
        const { message } = error as Error;
        repair = tries < 4 ? missing(message) : undefined;
        if (repair === undefined) refused.push({ statement, message });
      }
    }
  }
  return refused;
}

/** Roles, collations and types that a script takes for granted. */
function missing(message: string): string | undefined {
  const [, kind, name] =
    /^(role|collation|type) "(\w+)"(?: for encoding "\w+")? does not exist/.exec(message) ?? [];
  const [, of, label] = /^invalid input value for enum (\w+): "(\w+)"/.exec(message) ?? [];
  if (of !== undefined && label !== undefined) return `ALTER TYPE ${of} ADD VALUE '${label}'`;
  if (kind === undefined || name === undefined) return undefined;
  if (kind === 'role') return `CREATE ROLE ${name}`;
  return kind === 'type' ? `CREATE TYPE ${name} AS ENUM ('one')` : `CREATE COLLATION ${name} FROM "C"`;
}

/** Makes the database and runs the script there. */
export async function intoPostgres(
  connection: ConnectionSettings,
  password: string,
  database: string,
  script: string,
): Promise<readonly Refused[]> {
  const { host = '', port = 0, user = '' } = connection;
  const first = new pg.Client({ host, port, user, password, database: 'postgres' });
  await first.connect();
  await first.query(`CREATE DATABASE ${database}`);
  await first.end();
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    return await runAll(statementsOf(script, 'postgres'), (statement) => client.query(statement));
  } finally {
    await client.end();
  }
}

/** Makes the database and runs the script there. */
export async function intoMysql(
  connection: ConnectionSettings,
  password: string,
  database: string,
  script: string,
): Promise<readonly Refused[]> {
  const { host = '', port = 0, user = '' } = connection;
  const client = await mysql.createConnection({ host, port, user, password, charset: 'utf8mb4' });
  try {
    await client.query(`CREATE DATABASE ${database}`);
    await client.query(`USE ${database}`);
    return await runAll(statementsOf(script, 'mysql'), (statement) => client.query(statement));
  } finally {
    await client.end();
  }
}

export async function intoSqlite(file: string, script: string): Promise<readonly Refused[]> {
  const database = new DatabaseSync(file);
  try {
    return await runAll(statementsOf(script, 'sqlite'), (statement) => database.exec(statement));
  } finally {
    database.close();
  }
}

export async function intoDuckdb(file: string, script: string): Promise<readonly Refused[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    return await runAll(statementsOf(script, 'duckdb'), (statement) => connection.run(statement));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
