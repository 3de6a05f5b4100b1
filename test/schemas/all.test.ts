/**
 * `npm run test:schemas -- DIR`: tests with schemas from elsewhere, in a folder outside the project, in real servers
 * and files. Each is asked the same: whatever the catalogue lists must be offered and must be no problem, and the
 * database must accept it.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { completion } from '../../server/src/features/completion/completion';
import { definition } from '../../server/src/features/definition';
import { diagnostics } from '../../server/src/features/diagnostics/diagnostics';
import { hover } from '../../server/src/features/hover/hover';
import type { Dialect, Schema, Table } from '../../server/src/schema/model';
import { quoteIdentifier } from '../../server/src/schema/render';
import { ddlSource } from '../../server/src/schema/sources/ddl';
import { mysqlSource } from '../../server/src/schema/sources/mysql';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import type { SchemaSource } from '../../server/src/schema/sources/source';
import { duckdbSource, sqliteSource } from '../../server/src/schema/sources/fileSource';
import { mariadb, postgres } from '../db/shared';
import { temporaryFolders } from '../unit/support/folders';
import { cursorIn } from '../unit/support/text';
import { intoDuckdb, intoMysql, intoPostgres, intoSqlite, statementsOf, type Refused } from './load';
import { readerProgram } from '../unit/support/reader';

const folder = process.env['SQL_AHEAD_SCHEMAS'] ?? '';
const never = new AbortController().signal;
const temporary = temporaryFolders();

interface Loaded {
  readonly source: SchemaSource;
  readonly refused: readonly Refused[];
}

interface Case {
  readonly file: string;
  readonly dialect: Dialect;
  readonly tables: number;
  readonly open: (file: string) => Promise<Loaded>;
}

const read = (file: string): string => readFileSync(file, 'utf8');

const inPostgres = (database: string) => async (file: string) => {
  const { connection, password } = await postgres();
  const refused = await intoPostgres(connection, password, database, read(file));
  const source = postgresSource({ ...connection, database }, () => Promise.resolve(password), false);
  return { source, refused };
};
const inMariadb = (database: string) => async (file: string) => {
  const { connection, password } = await mariadb();
  const refused = await intoMysql(connection, password, database, read(file));
  const source = mysqlSource({ ...connection, database }, () => Promise.resolve(password), false);
  return { source, refused };
};
const inSqlite = async (file: string) => {
  const made = path.join(temporary(), 'made.sqlite');
  return { refused: await intoSqlite(made, read(file)), source: sqliteSource(made, readerProgram) };
};
const inDuckdb = async (file: string) => {
  const made = path.join(temporary(), 'made.duckdb');
  return { refused: await intoDuckdb(made, read(file)), source: duckdbSource(made, readerProgram) };
};
const asFile = (file: string) => Promise.resolve({ refused: [], source: sqliteSource(file, readerProgram) });
const asDdl = (dialect: Dialect) => (file: string) =>
  Promise.resolve({ refused: [], source: ddlSource([file], dialect, readerProgram) });

const cases: Readonly<Record<string, Case>> = {
  'Chinook in PostgreSQL': {
    file: 'Chinook_PostgreSql.sql',
    dialect: 'postgres',
    tables: 11,
    open: inPostgres('chinook'),
  },
  'Chinook in MariaDB': {
    file: 'Chinook_MySql.sql',
    dialect: 'mysql',
    tables: 11,
    open: inMariadb('chinook'),
  },
  'Chinook in SQLite': { file: 'Chinook_Sqlite.sqlite', dialect: 'sqlite', tables: 11, open: asFile },
  'Chinook in DuckDB': { file: 'Chinook_PostgreSql.sql', dialect: 'duckdb', tables: 11, open: inDuckdb },
  'Northwind in SQLite': { file: 'northwind.sqlite', dialect: 'sqlite', tables: 29, open: asFile },
  'Sakila in PostgreSQL': {
    file: 'postgres-sakila-schema.sql',
    dialect: 'postgres',
    tables: 28,
    open: inPostgres('sakila'),
  },
  'Sakila in MariaDB': {
    file: 'mysql-sakila-schema.sql',
    dialect: 'mysql',
    tables: 23,
    open: inMariadb('sakila'),
  },
  'Sakila in SQLite': { file: 'sqlite-sakila-schema.sql', dialect: 'sqlite', tables: 21, open: inSqlite },
  'MusicBrainz in PostgreSQL': {
    file: 'musicbrainz-375-tables.postgres.sql',
    dialect: 'postgres',
    tables: 380,
    open: inPostgres('musicbrainz'),
  },
  'ChEMBL in SQLite': { file: 'chembl-785-tables.sql', dialect: 'sqlite', tables: 706, open: inSqlite },
  'DDL of Chinook, PostgreSQL': {
    file: 'Chinook_PostgreSql.sql',
    dialect: 'postgres',
    tables: 11,
    open: asDdl('postgres'),
  },
  'DDL of Chinook, MySQL': {
    file: 'Chinook_MySql.sql',
    dialect: 'mysql',
    tables: 11,
    open: asDdl('mysql'),
  },
  'DDL of Sakila, PostgreSQL': {
    file: 'postgres-sakila-schema.sql',
    dialect: 'postgres',
    tables: 28,
    open: asDdl('postgres'),
  },
  'DDL of Sakila, MySQL': {
    file: 'mysql-sakila-schema.sql',
    dialect: 'mysql',
    tables: 23,
    open: asDdl('mysql'),
  },
  'DDL of Sakila, SQLite': {
    file: 'sqlite-sakila-schema.sql',
    dialect: 'sqlite',
    tables: 21,
    open: asDdl('sqlite'),
  },
  'DDL of MusicBrainz': {
    file: 'musicbrainz-375-tables.postgres.sql',
    dialect: 'postgres',
    tables: 381,
    open: asDdl('postgres'),
  },
  'DDL of ChEMBL': { file: 'chembl-785-tables.sql', dialect: 'mysql', tables: 785, open: asDdl('mysql') },
};

/** Few of many, with their number, so that a failure can be read. */
const none = (found: readonly string[]): void =>
  assert.equal(found.length, 0, `${String(found.length)}:\n${found.slice(0, 12).join('\n')}`);

for (const [name, { file: base, dialect, tables, open }] of Object.entries(cases)) {
  const file = path.join(folder, base);
  if (!existsSync(file)) {
    process.stdout.write(`  ${name}: ${file} is not there\n`);
    continue;
  }
  describe(name, () => {
    let schema: Schema;
    let source: SchemaSource;
    let refused: readonly Refused[];
    before(async () => {
      ({ source, refused } = await open(file));
      schema = await source.read(never);
    });
    after(() => source.dispose?.());

    const quoted = (written: string): string => quoteIdentifier(written, dialect);
    const from = ({ namespace, name: own }: Table): string =>
      `${namespace === undefined ? '' : `${quoted(namespace)}.`}${quoted(own)}`;
    const labels = (marked: string): Set<string> => {
      const { text, offset } = cursorIn(marked);
      return new Set(completion(text, offset, schema, dialect).items.map(({ label }) => label));
    };
    const problems = (sql: string): string[] =>
      diagnostics(sql, schema, dialect).map(({ message }) => `${sql.slice(0, 80)}: ${message}`);
    /** What the database says against a statement. */
    const verdict = async (sql: string): Promise<string[]> => {
      const said = await source.validate?.(sql, never);
      return said?.ok === false ? [`${sql}: ${said.message}`] : [];
    };

    it('has all its tables, with columns', () => {
      assert.equal(schema.tables.length, tables);
      // What a script says of a view may be a function's secret.
      none(
        schema.tables
          .filter(({ kind, columns }) => kind === 'table' && columns.length === 0)
          .map(({ name: own }) => own),
      );
    });
    it('was split into statements that the database takes', () => {
      // What it lacks otherwise (functions, operators, BigQuery's OPTIONS) is no fault of the reading.
      const broken = refused.filter(
        ({ message, statement }) =>
          /syntax|unterminated|incomplete|unrecognized/i.test(message) && !/\bOPTIONS\s*\(/.test(statement),
      );
      none(broken.map(({ message, statement }) => `${message} in ${statement.trim().slice(0, 200)}`));
    });
    it('offers every table in FROM', () => {
      const offered = labels('SELECT * FROM $0');
      none(
        schema.tables.map(({ name: own }) => own).filter((own) => ![...offered].some((l) => l.endsWith(own))),
      );
    });
    it('offers every column, before FROM, behind an alias and in an INSERT', () => {
      const missing = schema.tables.flatMap((table) => {
        const offered = [
          labels(`SELECT $0 FROM ${from(table)}`),
          labels(`SELECT 1 FROM ${from(table)} x WHERE x.$0`),
          ...(table.kind === 'table' ? [labels(`INSERT INTO ${from(table)} ($0) VALUES (1)`)] : []),
        ];
        return table.columns
          .filter(({ name: own, generated }) => !offered.every((list) => list.has(own) || generated === true))
          .map(({ name: own }) => `${table.name}.${own}`);
      });
      none(missing);
    });
    it('has no problem with what is there, and neither has the database', async () => {
      const found: string[] = [];
      for (const table of schema.tables) {
        const columns = table.columns.map(({ name: own }) => `x.${quoted(own)}`);
        const sql = `SELECT ${columns.join(', ')} FROM ${from(table)} x`;
        found.push(...problems(sql), ...(await verdict(sql)));
        const whole = `SELECT ${columns.map((column) => column.slice(2)).join(', ')} FROM ${from(table)}`;
        found.push(...problems(whole), ...(await verdict(whole)));
      }
      none(found);
    });
    it('joins along every key, as the database takes it', async () => {
      const found: string[] = [];
      for (const table of schema.tables) {
        if (table.foreignKeys.length === 0) continue;
        const before = `SELECT * FROM ${from(table)} x JOIN `;
        const { text, offset } = cursorIn(`${before}$0`);
        const joins = completion(text, offset, schema, dialect).items.filter(({ kind }) => kind === 'join');
        const wanted = new Set(table.foreignKeys.map((key) => key.table));
        for (const target of wanted) {
          if (!joins.some(({ filter }) => filter === target))
            found.push(`${table.name} → ${target} is not offered`);
        }
        for (const { insert } of joins)
          found.push(...problems(before + insert), ...(await verdict(before + insert)));
      }
      none(found);
    });
    it('marks what is not there, as the database does', async () => {
      for (const table of schema.tables.slice(0, 20)) {
        const sql = `SELECT x.not_there_at_all FROM ${from(table)} x`;
        assert.equal(problems(sql).length, 1, sql);
        if (!name.startsWith('DDL')) assert.equal((await verdict(sql)).length, 1, sql);
      }
    });
    it('tells of every table what it is', () => {
      const silent = schema.tables.filter((table) => {
        const sql = `SELECT * FROM ${from(table)}`;
        const markdown = hover(sql, sql.length - 1, schema, dialect)?.markdown.replaceAll('\\', '') ?? '';
        return !table.columns.slice(0, 3).every(({ name: own }) => markdown.includes(own));
      });
      none(silent.map(({ name: own }) => own));
    });
    it('goes to the definition of every table', () => {
      const nowhere = schema.tables.filter((table) => {
        const sql = `SELECT * FROM ${from(table)}`;
        return definition(sql, sql.length - 1, schema, dialect) === undefined;
      });
      none(nowhere.map(({ name: own }) => own));
    });
    if (base.endsWith('.sql')) {
      it('finds nothing wrong in the script itself', () => {
        none(statementsOf(read(file), dialect).flatMap((statement) => problems(statement)));
      });
    }
    if (base.endsWith('.sql') && dialect !== 'duckdb' && !name.startsWith('DDL')) {
      it('reads from the script what the catalogue says', async () => {
        const other = await ddlSource([file], dialect, readerProgram).read(never);
        const lines = (one: Schema): string[] =>
          one.tables.flatMap((table) => {
            const keys = table.foreignKeys.map(
              (key) =>
                `${table.name} (${key.columns.join()}) → ${key.table} (${key.referencedColumns.join()})`,
            );
            const columns = table.columns.map(
              ({ name: own, primaryKey, nullable }) =>
                `${table.name}.${own}${table.kind === 'table' ? ` key ${String(primaryKey)} null ${String(nullable)}` : ''}`,
            );
            return [`${table.kind} ${table.name}`, ...keys, ...columns];
          });
        // What the database refused to make is in the script alone.
        const isThere = (line: string): boolean =>
          schema.tables.some(({ name: own }) => line.startsWith(`${own}.`) || line.startsWith(`${own} `));
        const [catalogue, script] = [new Set(lines(schema)), new Set(lines(other))];
        none([
          ...[...catalogue]
            .filter((line) => !script.has(line))
            .map((line) => `only in the catalogue: ${line}`),
          ...[...script]
            .filter((line) => !catalogue.has(line) && isThere(line))
            .map((line) => `only in the script: ${line}`),
        ]);
      });
    }
  });
}
