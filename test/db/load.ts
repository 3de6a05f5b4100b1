/** Loads schemas into the test servers, through the drivers themselves. */
import { DuckDBInstance } from '@duckdb/node-api';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { ConnectionSettings } from '../../server/src/settings';

/** Makes the database anew and runs the script in it. */
export async function loadPostgres(
  connection: ConnectionSettings,
  password: string,
  database: string,
  script: string,
): Promise<void> {
  await postgresScript(connection, password, 'postgres', `DROP DATABASE IF EXISTS ${database}`);
  await postgresScript(connection, password, 'postgres', `CREATE DATABASE ${database}`);
  await postgresScript(connection, password, database, script);
}

export async function postgresScript(
  connection: ConnectionSettings,
  password: string,
  database: string,
  script: string,
): Promise<Record<string, unknown>[]> {
  const { host = '', port = 0, user = '' } = connection;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(script)).rows;
  } finally {
    await client.end();
  }
}

export async function loadMysql(
  connection: ConnectionSettings,
  password: string,
  script: string,
): Promise<void> {
  const { host = '', port = 0, user = '', database = '' } = connection;
  const client = await mysql.createConnection({
    host,
    port,
    user,
    password,
    database,
    charset: 'utf8mb4',
    multipleStatements: true,
  });
  try {
    await client.query(`SET NAMES utf8mb4; ${script}`);
  } finally {
    await client.end();
  }
}

export async function mysqlRows(
  connection: ConnectionSettings,
  password: string,
  sql: string,
): Promise<unknown> {
  const { host = '', port = 0, user = '', database = '' } = connection;
  const client = await mysql.createConnection({ host, port, user, password, database });
  try {
    return (await client.query(sql))[0];
  } finally {
    await client.end();
  }
}

export async function loadDuckdb(file: string, script: string): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    await connection.run(script);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
