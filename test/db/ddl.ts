/**
 * Checks that we read DDL as the database does: what a script or dump defines must be what the database's catalogue
 * says after loading it. The databases' own programs write the dumps.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Column, Dialect, Schema, Table } from '../../server/src/schema/model';
import { detectDialect } from '../../server/src/schema/detectDialect';
import { ddlSource } from '../../server/src/schema/sources/ddl';
import { duckdbSource, sqliteSource } from '../../server/src/schema/sources/fileSource';
import { mysqlSource } from '../../server/src/schema/sources/mysql';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import type { SchemaSource } from '../../server/src/schema/sources/source';
import { temporaryFolders } from '../unit/support/folders';
import { readerProgram } from '../unit/support/reader';
import { duckdbScript, mysqlScript, postgresScript, sqliteScript } from './ddlScripts';
import { loadDuckdb, loadMysql, loadPostgres, mysqlRows } from './load';
import { mariadb, postgres } from './shared';

const never = new AbortController().signal;
const folder = temporaryFolders();

/** The catalogue's spelling of a type that may be written in several ways. */
function canonical(type: string, dialect: Dialect): string {
  const text = type
    .toLowerCase()
    .replace(/\s*,\s*/g, ',')
    .replace(/\s*\(\s*/g, '(')
    .trim();
  const aliases = typeNames[dialect] ?? {};
  const [, name = text, rest = ''] = /^([a-z0-9_ ]+?)(\(.*|\[.*|)$/s.exec(text) ?? [];
  const alias = aliases[text] ?? (aliases[name]?.includes('(') === true ? name + rest : undefined);
  return alias ?? (aliases[name] ?? name) + rest;
}

const typeNames: Readonly<Partial<Record<Dialect, Readonly<Record<string, string>>>>> = {
  postgres: {
    int: 'integer',
    int2: 'smallint',
    serial: 'integer',
    bigserial: 'bigint',
    varchar: 'character varying',
    char: 'character',
    bool: 'boolean',
    timestamptz: 'timestamp with time zone',
    timestamp: 'timestamp without time zone',
    'timestamp(3)': 'timestamp(3) without time zone',
    'timestamp(3) without time zone': 'timestamp(3) without time zone',
  },
  mysql: {
    int: 'int(11)',
    integer: 'int(11)',
    bigint: 'bigint(20)',
    'bigint unsigned': 'bigint(20) unsigned',
    serial: 'bigint(20) unsigned',
    boolean: 'tinyint(1)',
    year: 'year(4)',
    json: 'longtext',
  },
  duckdb: { int: 'integer', text: 'varchar' },
};

function facts(schema: Schema, hasComments = true): string[] {
  const { dialect } = schema;
  const columnOf = ({ kind, name: of }: Table, column: Column) => {
    if (kind !== 'table') return `${of}.${column.name}`;
    const { values, comment = '' } = column;
    // DuckDB's catalogue writes an enum out and shows a generated column as one with a default.
    const type = dialect === 'duckdb' && values?.from === 'enum' ? 'enum' : canonical(column.type, dialect);
    return [
      `${of}.${column.name} ${type}`,
      column.nullable ? 'null' : 'not null',
      `key ${String(column.primaryKey)}`,
      column.defaultValue === undefined ? '' : 'default',
      column.generated === true ? 'generated' : '',
      values === undefined ? '' : `${values.from} ${values.list.join('|')}`,
      hasComments ? comment : '',
    ].join('; ');
  };
  return schema.tables
    .flatMap((table) => [
      `${table.kind} ${table.namespace ?? ''}.${table.name} (${table.columns.map(({ name }) => name).join(', ')}) ${hasComments ? (table.comment ?? '') : ''}`,
      ...table.columns.map((column) => columnOf(table, column)),
      ...table.uniqueKeys.map((key) => `${table.name} unique ${key.join(' ')}`),
      ...table.foreignKeys.map(
        (key) =>
          `${table.name} (${key.columns.join()}) to ${key.namespace ?? ''}.${key.table} (${key.referencedColumns.join()})`,
      ),
    ])
    .sort();
}

interface Kind {
  readonly dialect: Dialect;
  readonly script: string;
  readonly open: () => Promise<SchemaSource>;
  /** What the database's own program makes of it; DuckDB's leaves comments out. */
  readonly dump: () => Promise<string> | string;
}

const inShell = { encoding: 'utf8' as const, maxBuffer: 64 * 1024 * 1024 };
const exported = (to: string) => readFileSync(path.join(to, 'schema.sql'), 'utf8');

let duckdbFile = '';
let sqliteFile = '';

const kinds: Readonly<Record<string, Kind>> = {
  PostgreSQL: {
    dialect: 'postgres',
    script: postgresScript,
    open: async () => {
      const { connection, password } = await postgres();
      await loadPostgres(connection, password, 'ddl', postgresScript);
      return postgresSource({ ...connection, database: 'ddl' }, () => Promise.resolve(password), false);
    },
    dump: async () => {
      const { connection, password } = await postgres();
      const { host = '', port = 0, user = '' } = connection;
      const env = { ...process.env, PGPASSWORD: password };
      return execFileSync('pg_dump', ['-h', host, '-p', String(port), '-U', user, 'ddl'], {
        ...inShell,
        env,
      });
    },
  },
  MariaDB: {
    dialect: 'mysql',
    script: mysqlScript,
    open: async () => {
      const { connection, password } = await mariadb();
      await mysqlRows(connection, password, 'CREATE DATABASE ddl CHARACTER SET utf8mb4');
      const own = { ...connection, database: 'ddl' };
      await loadMysql(own, password, mysqlScript);
      return mysqlSource(own, () => Promise.resolve(password), false);
    },
    dump: async () => {
      const { connection, password } = await mariadb();
      const { host = '', port = 0, user = '' } = connection;
      const env = { ...process.env, MYSQL_PWD: password };
      const where = ['--no-defaults', '-h', host, '-P', String(port), '-u', user];
      return execFileSync('mariadb-dump', [...where, '--routines', 'ddl'], { ...inShell, env });
    },
  },
  SQLite: {
    dialect: 'sqlite',
    script: sqliteScript,
    open: () => {
      sqliteFile = path.join(folder(), 'ddl.sqlite');
      execFileSync('sqlite3', [sqliteFile], { ...inShell, input: sqliteScript });
      return Promise.resolve(sqliteSource(sqliteFile, readerProgram));
    },
    dump: () => execFileSync('sqlite3', [sqliteFile, '.dump'], inShell),
  },
  DuckDB: {
    dialect: 'duckdb',
    script: duckdbScript,
    open: async () => {
      duckdbFile = path.join(folder(), 'ddl.duckdb');
      await loadDuckdb(duckdbFile, duckdbScript);
      return duckdbSource(duckdbFile, readerProgram);
    },
    dump: async () => {
      const to = path.join(folder(), 'exported');
      await loadDuckdb(duckdbFile, `EXPORT DATABASE '${to}'`);
      return exported(to);
    },
  },
};

for (const [name, { dialect, script, open, dump }] of Object.entries(kinds)) {
  describe(`DDL of ${name}`, () => {
    let catalogue: string[];
    let withoutComments: string[];
    before(async () => {
      const source = await open();
      const schema = await source.read(never);
      catalogue = facts(schema);
      withoutComments = facts(schema, false);
      source.dispose?.();
    });
    const read = async (text: string): Promise<string[]> => {
      const file = path.join(folder(), 'dump.sql');
      writeFileSync(file, text);
      assert.equal(detectDialect(text), dialect);
      return facts(await ddlSource([file], 'auto', readerProgram).read(never));
    };
    it('a script says what the catalogue says behind it', async () => {
      assert.deepEqual(await read(script), catalogue);
    });
    it('a dump says what the catalogue says', async () => {
      const has = name === 'DuckDB' ? withoutComments : catalogue;
      assert.deepEqual(await read(await dump()), has);
    });
  });
}
