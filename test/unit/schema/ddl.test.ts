/** Reading DDL by example: each check expects the tables as lines of the prompt, unless it asks for more. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { detectDialect, parseDdl } from '../../../server/src/schema/ddl/readDdl';
import { dialects, type Dialect, type Table } from '../../../server/src/schema/model';
import { renderTable } from '../../../server/src/schema/render';
import { oddTexts } from '../support/schemas';

function check(ddl: string, expected: readonly string[], dialect: Dialect = 'sqlite'): void {
  it(`${dialect}: ${ddl.replace(/\s+/g, ' ').slice(0, 110)}`, () => {
    assert.deepEqual(
      parseDdl(ddl, dialect).map((table) => renderTable(table, dialect).slice('CREATE TABLE '.length, -1)),
      expected,
    );
  });
}

function checkTable(
  title: string,
  ddl: string,
  verify: (table: Table) => void,
  dialect: Dialect = 'sqlite',
): void {
  it(title, () => {
    const table = parseDdl(ddl, dialect).at(-1);
    assert.ok(table);
    verify(table);
  });
}

function checkDialect(text: string, expected: Dialect): void {
  it(`${expected}: ${text.slice(0, 60)}`, () => {
    assert.equal(detectDialect(text), expected);
  });
}

describe('DDL: tables', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('CREATE TABLE a (b INT)', ['a (b INT)']);
  check('create temp table if not exists main.a (b int);', ['a (b int)']);
  check('CREATE TABLE IF NOT EXISTS a (b INT); CREATE TABLE IF NOT EXISTS a (c INT)', ['a (b INT)']);
  check('CREATE OR REPLACE TABLE a (b INT)', ['a (b INT)'], 'duckdb');
  check('CREATE UNLOGGED TABLE A (B INT, "C" INT)', ['a (b INT, "C" INT)'], 'postgres');
  check("CREATE TABLE a (b VARCHAR(20) NOT NULL DEFAULT 'x, y', c DECIMAL(10, 2))", [
    'a (b VARCHAR(20) NOT NULL, c DECIMAL(10, 2))',
  ]);
  check(
    'CREATE TABLE a (b double precision, c timestamp with time zone NOT NULL, d text[])',
    ['a (b double precision, c timestamp with time zone NOT NULL, d text[])'],
    'postgres',
  );
  check('CREATE TABLE a (b INT, CONSTRAINT pk PRIMARY KEY (b), CONSTRAINT ok CHECK (b > 0))', [
    'a (b INT PRIMARY KEY)',
  ]);
  check('CREATE TABLE a (b INT CONSTRAINT one PRIMARY KEY, c INT CONSTRAINT two NOT NULL)', [
    'a (b INT PRIMARY KEY, c INT NOT NULL)',
  ]);
  check('CREATE TABLE a (id INT PRIMARY KEY); CREATE TABLE b (a_id INT REFERENCES a)', [
    'a (id INT PRIMARY KEY)',
    'b (a_id INT REFERENCES a(id))',
  ]);
  check('CREATE TABLE b (a_id INT REFERENCES A (ID)); CREATE TABLE a (id INT PRIMARY KEY)', [
    'b (a_id INT REFERENCES a(id))',
    'a (id INT PRIMARY KEY)',
  ]);
  check('CREATE TABLE a (p INT REFERENCES a (id) ON DELETE SET NULL ON UPDATE CASCADE NOT NULL, id INT)', [
    'a (p INT NOT NULL REFERENCES a(id), id INT)',
  ]);
  check('CREATE TABLE a (x INT, y INT, FOREIGN KEY (x, y) REFERENCES other (p, q) DEFERRABLE)', [
    'a (x INT REFERENCES other(p), y INT REFERENCES other(q))',
  ]);
  check(
    'CREATE TABLE a (`key` INT, KEY k (`key`), UNIQUE KEY u (`key`), FULLTEXT KEY f (`key`)) ENGINE=InnoDB',
    ['a (`key` INT)'],
    'mysql',
  );
  check(
    "CREATE TABLE a (s ENUM('a','b') CHARACTER SET utf8 NOT NULL, n int(10) unsigned AUTO_INCREMENT PRIMARY KEY)",
    ["a (s ENUM('a','b') NOT NULL, n int(10) unsigned PRIMARY KEY)"],
    'mysql',
  );
  check(
    'CREATE TABLE [dbo].[a] ([Id] INT IDENTITY(1,1) NOT NULL, CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([Id] ASC))\nGO',
    ['a (Id INT PRIMARY KEY)'],
    'tsql',
  );
  check('CREATE TABLE a (b INT, c INT GENERATED ALWAYS AS (b + 1) STORED, d AS (b))', [
    'a (b INT, c INT, d TEXT)',
  ]);
  check('CREATE TABLE a (b INT) STRICT, WITHOUT ROWID; CREATE TABLE c (d)', ['a (b INT)', 'c (d TEXT)']);
  check('CREATE VIRTUAL TABLE f USING fts5(title, body, tokenize = porter)', ['f (title TEXT, body TEXT)']);
  check(
    'CREATE TABLE p (a INT); CREATE TABLE c (b INT) INHERITS (p)',
    ['p (a INT)', 'c (a INT, b INT)'],
    'postgres',
  );
  check('CREATE TABLE p (a INT); CREATE TABLE c (LIKE p)', ['p (a INT)', 'c (a INT)'], 'postgres');
  check('CREATE TABLE p (a INT); CREATE TABLE q PARTITION OF p FOR VALUES IN (1)', ['p (a INT)'], 'postgres');
  check('CREATE TABLE a AS SELECT 1 AS x, y FROM z', ['a (x TEXT, y TEXT)']);
  check('CREATE TABLE "We ird" ("a ""b""" INT, "select" TEXT)', ['"We ird" ("a ""b""" INT, "select" TEXT)']);
  check('CREATE TABLE naïve (größe INT, 表 TEXT)', ['naïve (größe INT, "表" TEXT)']);
  check('CREATE TABLE a (b INT, c TEXT -- note, with a comma\n, d INT /* x */)', [
    'a (b INT, c TEXT, d INT)',
  ]);
  check('CREATE TABLE a (b INT', ['a (b INT)']);
  check('CREATE TABLE a (b INT,, c INT,)', ['a (b INT, c INT)']);
  check('CREATE TABLE (b INT); CREATE TABLE c (d INT)', ['c (d INT)']);
  check('nonsense here; CREATE TABLE c (d INT); more )( nonsense', ['c (d INT)']);
  check('INSERT INTO a VALUES (1); SET x = 1; CREATE TABLE c (d INT)', ['c (d INT)']);
  check(
    'DELIMITER //\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @x = 1; END //\nDELIMITER ;\nCREATE TABLE c (d INT);',
    ['c (d INT)'],
    'mysql',
  );
  check(
    'CREATE FUNCTION f() RETURNS int AS $$ BEGIN; CREATE TABLE no (x int); END $$; CREATE TABLE c (d INT)',
    ['c (d INT)'],
    'postgres',
  );
});

describe('DDL: views', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  const base = 'CREATE TABLE a (id INT, name VARCHAR(9));';
  const line = 'a (id INT, name VARCHAR(9))';
  check(`${base} CREATE VIEW v AS SELECT id, name AS label, count(*) n FROM a`, [
    line,
    'v (id INT, label VARCHAR(9), n TEXT)',
  ]);
  check(`${base} CREATE VIEW v (x, y) AS SELECT id, name FROM a`, [line, 'v (x INT, y VARCHAR(9))']);
  check(`${base} CREATE VIEW v AS SELECT * FROM a`, [line, 'v (id INT, name VARCHAR(9))']);
  check(
    `${base} CREATE OR REPLACE ALGORITHM=MERGE DEFINER=u SQL SECURITY INVOKER VIEW v AS SELECT a.name FROM a`,
    [line, 'v (name VARCHAR(9))'],
    'mysql',
  );
  check(
    `${base} CREATE MATERIALIZED VIEW v AS SELECT name FROM a WITH NO DATA`,
    [line, 'v (name VARCHAR(9))'],
    'postgres',
  );
  check(`${base} CREATE VIEW v AS WITH t AS (SELECT id FROM a) SELECT id AS k FROM t`, [line, 'v (k INT)']);
  check(`${base} CREATE VIEW v AS SELECT name FROM a UNION SELECT 'x'`, [line, 'v (name VARCHAR(9))']);
  checkTable('a view of unknown columns has none', 'CREATE VIEW v AS SELECT * FROM elsewhere', (table) => {
    assert.deepEqual([table.kind, table.columns], ['view', []]);
  });
});

describe('DDL: changes', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  const base = 'CREATE TABLE a (id INT, b TEXT);';
  check(`${base} ALTER TABLE a ADD COLUMN c INT NOT NULL`, ['a (id INT, b TEXT, c INT NOT NULL)']);
  check(`${base} ALTER TABLE a ADD c INT, ADD d INT`, ['a (id INT, b TEXT, c INT, d INT)']);
  check(`${base} ALTER TABLE a ADD (c INT, d INT)`, ['a (id INT, b TEXT, c INT, d INT)'], 'mysql');
  check(`${base} ALTER TABLE a ADD c INT, d INT`, ['a (id INT, b TEXT, c INT, d INT)'], 'tsql');
  check(
    `${base} ALTER TABLE ONLY public.a ADD CONSTRAINT pk PRIMARY KEY (id)`,
    ['a (id INT PRIMARY KEY, b TEXT)'],
    'postgres',
  );
  check(`${base} ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES x (y) ON DELETE CASCADE`, [
    'a (id INT, b TEXT REFERENCES x(y))',
  ]);
  check(
    `${base} ALTER TABLE [dbo].[a] WITH CHECK ADD CONSTRAINT [f] FOREIGN KEY([b]) REFERENCES [dbo].[x] ([y])`,
    ['a (id INT, b TEXT REFERENCES x(y))'],
    'tsql',
  );
  check(`${base} ALTER TABLE a DROP COLUMN b`, ['a (id INT)']);
  check(`${base} ALTER TABLE a RENAME COLUMN b TO c; ALTER TABLE a RENAME TO z`, ['z (id INT, c TEXT)']);
  check(`${base} CREATE TABLE r (x INT REFERENCES a (id)); ALTER TABLE a RENAME TO z`, [
    'z (id INT, b TEXT)',
    'r (x INT REFERENCES z(id))',
  ]);
  check(
    `${base} ALTER TABLE a MODIFY b VARCHAR(5) NOT NULL, CHANGE id key_id BIGINT`,
    ['a (key_id BIGINT, b VARCHAR(5) NOT NULL)'],
    'mysql',
  );
  check(
    `${base} ALTER TABLE a ALTER COLUMN b SET NOT NULL, ALTER id TYPE bigint USING id::bigint`,
    ['a (id bigint, b TEXT NOT NULL)'],
    'postgres',
  );
  check(`${base} DROP TABLE a`, []);
  check(`${base} DROP TABLE IF EXISTS nothing, a CASCADE; CREATE TABLE c (d)`, ['c (d TEXT)']);
  check(`${base} ALTER TABLE nothing ADD COLUMN c INT`, ['a (id INT, b TEXT)']);
  check(`${base} RENAME TABLE a TO z`, ['z (id INT, b TEXT)'], 'mysql');
});

describe('DDL: facts beside the line', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  checkTable(
    'defaults',
    "CREATE TABLE a (b INT DEFAULT -1, c TEXT DEFAULT (1 + (2)) NOT NULL, d TEXT DEFAULT 'x')",
    (table) => {
      assert.deepEqual(
        table.columns.map((column) => column.defaultValue),
        ['-1', '(1 + (2))', "'x'"],
      );
    },
  );
  checkTable(
    'unique keys',
    'CREATE TABLE a (b INT UNIQUE, c INT, UNIQUE (b, c)); CREATE UNIQUE INDEX i ON a (c);',
    (table) => {
      assert.deepEqual(table.uniqueKeys, [['b'], ['b', 'c'], ['c']]);
    },
  );
  checkTable(
    'no unique key of a part',
    'CREATE TABLE a (b INT); CREATE UNIQUE INDEX i ON a (b) WHERE b > 1',
    (table) => {
      assert.deepEqual(table.uniqueKeys, []);
    },
  );
  checkTable(
    'no unique key of an expression',
    'CREATE TABLE a (b INT); CREATE UNIQUE INDEX i ON a (lower(b))',
    (table) => {
      assert.deepEqual(table.uniqueKeys, []);
    },
  );
  checkTable('the order of a primary key', 'CREATE TABLE a (b INT, c INT, PRIMARY KEY (c, b))', (table) => {
    assert.deepEqual(
      table.columns.map((column) => column.primaryKey),
      [2, 1],
    );
  });
  checkTable(
    'comments of PostgreSQL',
    "CREATE TABLE a (b INT); COMMENT ON TABLE a IS 'All ''a''s'; COMMENT ON COLUMN public.a.b IS 'A b';",
    (table) => {
      assert.deepEqual([table.comment, table.columns[0]?.comment], ["All 'a's", 'A b']);
    },
    'postgres',
  );
  checkTable(
    'comments of MySQL',
    "CREATE TABLE a (b INT COMMENT 'A b') COMMENT='All of it'",
    (table) => {
      assert.deepEqual([table.comment, table.columns[0]?.comment], ['All of it', 'A b']);
    },
    'mysql',
  );
  checkTable(
    'generated columns',
    'CREATE TABLE a (b INT, c INT AS (b * 2), d INT GENERATED ALWAYS AS (b) VIRTUAL)',
    (table) => {
      assert.deepEqual(
        table.columns.map((column) => column.generated ?? false),
        [false, true, true],
      );
    },
  );
  checkTable('identity is not generated', 'CREATE TABLE a (b INT GENERATED ALWAYS AS IDENTITY)', (table) => {
    assert.equal(table.columns[0]?.generated, undefined);
  });
  checkTable('namespaces', 'CREATE TABLE sales.a (b INT)', (table) => {
    assert.equal(table.namespace, 'sales');
  });
  checkTable(
    'references in a circle',
    'CREATE TABLE a (b INT PRIMARY KEY REFERENCES c); CREATE TABLE c (d INT PRIMARY KEY REFERENCES a)',
    (table) => {
      assert.deepEqual(table.foreignKeys, [{ columns: ['d'], table: 'a', referencedColumns: ['b'] }]);
    },
  );

  it('is total over every cut of odd texts and over random rows of words', () => {
    for (const text of oddTexts) {
      for (let end = 0; end <= text.length; end++) parseDdl(text.slice(0, end), 'sqlite');
    }
    const words =
      'CREATE TABLE VIEW ALTER ADD COLUMN a "b" ( ) , ; INT PRIMARY KEY NOT NULL DEFAULT AS SELECT REFERENCES ON . 1 \' UNIQUE CHECK'.split(
        ' ',
      );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...words), { maxLength: 30 }),
        fc.constantFrom(...dialects),
        (row, dialect) => {
          for (const table of parseDdl(`CREATE TABLE ${row.join(' ')}`, dialect)) renderTable(table, dialect);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('DDL: dialect', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  checkDialect('', 'sqlite');
  checkDialect('CREATE TABLE a (b INT)', 'sqlite');
  checkDialect('-- dialect: duckdb\nCREATE TABLE `a` (b INT)', 'duckdb');
  checkDialect('CREATE TABLE `a` (b INT) ENGINE=InnoDB', 'mysql');
  checkDialect('CREATE TABLE a (id serial, at timestamptz)', 'postgres');
  checkDialect('CREATE TABLE [dbo].[a] ([b] NVARCHAR(9))\nGO', 'tsql');
  checkDialect('CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT)', 'sqlite');
  checkDialect('CREATE TABLE a (h HUGEINT)', 'duckdb');

  // What Prisma writes: nothing but the enum tells.
  checkDialect(
    'CREATE TYPE "Role" AS ENUM (\'USER\', \'ADMIN\'); CREATE TABLE "User" ("id" TEXT NOT NULL, "role" "Role" NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));',
    'postgres',
  );
  checkDialect(
    "#  employees\nDROP TABLE IF EXISTS crew; CREATE TABLE crew (no INT NOT NULL, sex ENUM ('M','F') NOT NULL, PRIMARY KEY (no));",
    'mysql',
  );
  checkDialect(
    'CREATE TABLE parts (id TEXT NOT NULL PRIMARY KEY, key TEXT, made DATETIME NOT NULL); ALTER TABLE parts ADD COLUMN `size` INTEGER;',
    'sqlite',
  );
  checkDialect(
    'CREATE TABLE "Lock" (name TEXT, blob BYTEA NOT NULL); CREATE VIRTUAL TABLE found USING fts4 (a, b);',
    'sqlite',
  );
  checkDialect(
    'CREATE TABLE public.tide (id bigint NOT NULL, at date);\nALTER TABLE public.tide ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (\n  SEQUENCE NAME public.tide_id_seq\n  START WITH 1\n);',
    'postgres',
  );
  checkDialect(
    "CREATE SEQUENCE n INCREMENT BY 1 MINVALUE 1 START 1 NO CYCLE; CREATE TABLE a(id BIGINT DEFAULT(nextval('n')) PRIMARY KEY, p STRUCT(x INTEGER, y VARCHAR));",
    'duckdb',
  );
  checkDialect(
    "CREATE TYPE mood AS ENUM ( 'sad', 'ok' ); CREATE TABLE p(\"name\" VARCHAR, feeling mood);",
    'duckdb',
  );
  checkDialect('CREATE TABLE a (id INT IDENTITY(1,1) NOT NULL, b MONEY)', 'tsql');
  checkDialect(
    'CREATE TABLE a (id int(11) NOT NULL, b varchar(9) CHARACTER SET utf8mb4, KEY b (b))',
    'mysql',
  );
  checkDialect(
    "-- ENGINE=InnoDB `x` AUTO_INCREMENT\nCREATE TABLE a (b TEXT DEFAULT 'ENGINE=x `y` AUTO_INCREMENT')",
    'sqlite',
  );
  checkDialect("/* WITHOUT ROWID */ CREATE TABLE a (id serial, note text DEFAULT 'PRAGMA x')", 'postgres');
  checkDialect('CREATE TABLE a (tags text[] NOT NULL, u uuid DEFAULT gen_random_uuid())', 'postgres');
  checkDialect(
    'CREATE TABLE [Order Details] ([OrderID] INTEGER NOT NULL, PRIMARY KEY ([OrderID])); PRAGMA user_version = 3',
    'sqlite',
  );
  checkDialect('ALTER TABLE a MODIFY b VARCHAR(9), DROP FOREIGN KEY c', 'mysql');
  checkDialect('/*!40101 SET NAMES utf8 */;\nCREATE TABLE a (b int)', 'mysql');
  checkDialect('SET search_path = harbour; CREATE TABLE a (b int)', 'postgres');
  checkDialect('CREATE TABLE a (b DOUBLE, c VARCHAR, d MAP(VARCHAR, INTEGER))', 'duckdb');
});
