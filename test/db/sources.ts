/** Reads the same shop from every kind of source: the resulting schemas must be alike. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Column, Schema, Table } from '../../server/src/schema/model';
import { ddlSource } from '../../server/src/schema/sources/ddl';
import { mysqlSource } from '../../server/src/schema/sources/mysql';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import type { SchemaSource } from '../../server/src/schema/sources/source';
import { duckdbSource, sqliteSource } from '../../server/src/schema/sources/fileSource';
import { temporaryFolders } from '../unit/support/folders';
import { loadDuckdb, loadMysql, loadPostgres } from './load';
import { duckdbShop, mysqlShop, postgresShop, sqliteShop } from './schemas';
import { mariadb, postgres } from './shared';
import { readerProgram } from '../unit/support/reader';

const never = new AbortController().signal;
const folder = temporaryFolders();

interface Kind {
  readonly open: () => Promise<SchemaSource>;
  /** What this kind of source cannot know. */
  readonly lacks?: readonly ('comments' | 'functions' | 'samples' | 'rows')[];
}

const kinds: Readonly<Record<string, Kind>> = {
  PostgreSQL: {
    open: async () => {
      const { connection, password } = await postgres();
      await loadPostgres(connection, password, 'shop', postgresShop);
      return postgresSource({ ...connection, database: 'shop' }, () => Promise.resolve(password), true);
    },
  },
  MariaDB: {
    open: async () => {
      const { connection, password } = await mariadb();
      await loadMysql(connection, password, mysqlShop);
      return mysqlSource(connection, () => Promise.resolve(password), true);
    },
  },
  SQLite: {
    open: () => {
      const file = path.join(folder(), 'shop.sqlite');
      const database = new DatabaseSync(file);
      database.exec(sqliteShop);
      database.close();
      return Promise.resolve(sqliteSource(file, readerProgram, true));
    },
    lacks: ['comments', 'functions'],
  },
  DuckDB: {
    open: async () => {
      const file = path.join(folder(), 'shop.duckdb');
      await loadDuckdb(file, duckdbShop);
      return duckdbSource(file, readerProgram, true);
    },
  },
  'DDL of PostgreSQL': {
    open: () => {
      const file = path.join(folder(), 'schema.sql');
      writeFileSync(file, postgresShop);
      return Promise.resolve(ddlSource([file], 'postgres', readerProgram));
    },
    lacks: ['samples', 'rows'],
  },
  'DDL of MySQL': {
    open: () => {
      const file = path.join(folder(), 'schema.sql');
      writeFileSync(file, mysqlShop);
      return Promise.resolve(ddlSource([file], 'mysql', readerProgram));
    },
    lacks: ['samples', 'rows', 'functions'],
  },
};

for (const [name, { open, lacks = [] }] of Object.entries(kinds)) {
  describe(`schema from ${name}`, () => {
    let schema: Schema;
    let source: SchemaSource;
    before(async () => {
      source = await open();
      schema = await source.read(never);
    });
    after(() => source.dispose?.());

    const table = (wanted: string): Table => {
      const found = schema.tables.find((t) => t.name === wanted && t.namespace === undefined);
      assert.ok(found, `${wanted} is there`);
      return found;
    };
    const column = (of: string, wanted: string): Column => {
      const found = table(of).columns.find((c) => c.name === wanted);
      assert.ok(found, `${of}.${wanted} is there`);
      return found;
    };

    it('has the tables with their columns in order', () => {
      assert.deepEqual(
        table('customers').columns.map((c) => c.name),
        ['id', 'first_name', 'last_name', 'email', 'feeling', 'shirt', 'full_name'],
      );
      assert.equal(column('order', 'unit price').nullable, false);
      assert.match(column('order', 'unit price').type, /^(numeric|decimal)\(10, ?2\)$/i);
      assert.match(column('order', 'unit price').defaultValue ?? '', /^0/);
    });
    it('knows what may be null', () => {
      assert.equal(column('customers', 'first_name').nullable, false);
      assert.equal(column('customers', 'email').nullable, true);
      assert.equal(column('customers', 'id').nullable, false);
    });
    it('knows generated columns', () => {
      // DuckDB's catalogue shows their expression as a default.
      const full = column('customers', 'full_name');
      assert.ok(full.generated === true || (name === 'DuckDB' && full.defaultValue !== undefined));
      assert.equal(column('customers', 'email').generated, undefined);
    });
    it('knows simple and composite primary keys', () => {
      assert.equal(column('customers', 'id').primaryKey, 1);
      const keys = table('order_lines').columns.filter((c) => c.primaryKey > 0);
      assert.deepEqual(
        keys.map((c) => [c.name, c.primaryKey]),
        [
          ['order_id', 1],
          ['line', 2],
        ],
      );
    });
    it('knows simple, composite and cyclic foreign keys', () => {
      assert.deepEqual(table('order').foreignKeys, [
        { columns: ['customer_id'], table: 'customers', referencedColumns: ['id'] },
      ]);
      assert.deepEqual(table('shipments').foreignKeys, [
        { columns: ['order_id', 'line'], table: 'order_lines', referencedColumns: ['order_id', 'line'] },
      ]);
      if (name === 'DuckDB') return; // its keys cannot be cyclic
      assert.equal(table('chicken').foreignKeys[0]?.table, 'egg');
      assert.equal(table('egg').foreignKeys[0]?.table, 'chicken');
    });
    it('knows unique keys', () => {
      const keys = table('customers').uniqueKeys.map((key) => key.join(' '));
      assert.deepEqual(keys.sort(), ['email', 'last_name first_name']);
    });
    it('knows the values of enums and CHECK lists', () => {
      assert.deepEqual(column('customers', 'feeling').values?.list, ['sad', "it's ok", 'happy']);
      if (!name.startsWith('DDL of PostgreSQL')) {
        assert.deepEqual(column('customers', 'shirt').values, { list: ['S', 'M', 'L'], from: 'check' });
      }
      assert.deepEqual(column('order', 'state').values, { list: ['new', 'paid', 'sent'], from: 'check' });
    });
    it('spells names with quotes, blanks, Unicode and reserved words as they are', () => {
      const odd = table("sélection 'q' 表");
      assert.deepEqual(
        odd.columns.map((c) => c.name),
        ['naïve "x"', 'select', '群'],
      );
      assert.deepEqual(odd.uniqueKeys, [['群']]);
    });
    it('has views with their columns', () => {
      assert.equal(table('open_orders').kind, 'view');
      assert.deepEqual(
        table('open_orders').columns.map((c) => c.name),
        ['id', 'customer_id'],
      );
    });
    if (!lacks.includes('comments')) {
      it('has comments', () => {
        assert.equal(table('customers').comment, 'People who buy');
        assert.equal(column('customers', 'email').comment, 'Where the bill goes');
        assert.equal(table('order').comment, undefined);
      });
    }
    if (!lacks.includes('functions')) {
      it('has functions', () => {
        const found = schema.functions?.find((f) => f.name === 'order_total');
        assert.match(found?.arguments ?? '', /wanted/);
        assert.equal(
          schema.functions?.some((f) => f.name === 'touch'),
          false,
        );
      });
    }
    if (!lacks.includes('samples')) {
      it('has sample values of columns that repeat themselves, and of no others', () => {
        const { values } = column('order_lines', 'sku');
        assert.deepEqual([...(values?.list ?? [])].sort(), ['mug', 'tea']);
        assert.equal(values?.from, 'sample');
        assert.equal(column('customers', 'last_name').values, undefined);
        const seen = [...(column('customers', 'last_name').seen ?? [])].sort();
        assert.deepEqual([seen.length, seen[0]], [60, 'b1']);
      });
      it('estimates rows', () => {
        const rows = table('order').rowCount ?? 0;
        assert.ok(rows >= 50 && rows <= 70, String(rows));
        assert.equal(table('open_orders').rowCount, undefined);
      });
    }
    if (name.includes('PostgreSQL')) {
      it('has materialized views, other schemas, and no partitions', () => {
        assert.equal(table('totals').kind, 'materialized view');
        const archived = schema.tables.find((t) => t.namespace === 'archive');
        assert.equal(archived?.name, 'customers');
        assert.equal(archived.foreignKeys[0]?.table, 'customers');
        assert.equal(table('measured').kind, 'table');
        assert.equal(
          schema.tables.some((t) => t.name === 'measured_2026'),
          false,
        );
      });
    }
    if (!name.startsWith('DDL')) {
      describe('checks', () => {
        const verdict = (sql: string) => source.validate?.(sql, never);
        it('takes what is right', async () => {
          const mark = schema.dialect === 'mysql' ? '`' : '"';
          const sql = `SELECT c.first_name, o.${mark}unit price${mark} FROM customers c JOIN ${mark}order${mark} o ON o.customer_id = c.id`;
          assert.deepEqual(await verdict(sql), { ok: true });
          assert.deepEqual(await verdict(`${sql};`), { ok: true });
        });
        it('refuses an unknown column and says where', async () => {
          const sql = 'SELECT id, nowhere FROM customers';
          const result = await verdict(sql);
          assert.ok(result?.ok === false);
          assert.match(result.message, /nowhere/);
          assert.equal(result.offset, sql.indexOf('nowhere'));
        });
        it('refuses an unknown table behind odd characters and says where', async () => {
          const sql = "SELECT '😀', id FROM nothing_here";
          const result = await verdict(sql);
          assert.ok(result?.ok === false);
          assert.match(result.message, /nothing_here/);
          assert.equal(result.offset, sql.indexOf('nothing_here'));
        });
        it('refuses broken syntax', async () => {
          assert.equal((await verdict('SELECT id FROM customers WHERE AND'))?.ok, false);
        });
        it('leaves alone what it must not touch', async () => {
          assert.equal(await verdict('DROP TABLE customers'), undefined);
          assert.equal(await verdict('SELECT 1; DROP TABLE customers'), undefined);
          assert.equal(await verdict(''), undefined);
        });
        it('runs nothing', async () => {
          assert.deepEqual(await verdict('DELETE FROM shipments'), { ok: true });
          assert.deepEqual(await verdict('INSERT INTO shipments (id) VALUES (99)'), { ok: true });
          const again = await source.read(never);
          const rows = again.tables.find((t) => t.name === 'order_lines')?.rowCount;
          assert.equal(rows, schema.tables.find((t) => t.name === 'order_lines')?.rowCount);
        });
      });
    }
  });
}
