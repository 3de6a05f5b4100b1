/** Small samples of what dump programs and migration tools write: we read them as the database would load them. */
import { readerProgram } from '../support/reader';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { migrationOrder } from '../../../server/src/schema/ddl/migrationOrder';
import { readDdl } from '../../../server/src/schema/ddl/readDdl';
import type { Dialect } from '../../../server/src/schema/model';
import { ddlSource } from '../../../server/src/schema/sources/ddl';
import { temporaryFolders } from '../support/folders';
import { describeTable } from './describeTable';

function check(title: string, dialect: Dialect, ddl: string, ...expected: readonly string[]): void {
  it(title, () => {
    assert.deepEqual(
      readDdl(ddl, dialect).tables.map((table) => describeTable(table, dialect)),
      expected,
    );
  });
}

describe('DDL: dumps', () => {
  check(
    'mariadb-dump: views stand in comments that are code, and a placeholder before them',
    'mysql',
    `/*M!999999\\- enable the sandbox mode */
-- MariaDB dump 10.19
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
DROP TABLE IF EXISTS \`boat\`;
/*!40101 SET character_set_client = utf8 */;
CREATE TABLE \`boat\` (
  \`id\` int(11) NOT NULL AUTO_INCREMENT,
  \`kind\` enum('sail','motor') DEFAULT 'sail' COMMENT 'a \\\\ and it''s',
  \`note\` text DEFAULT NULL,
  PRIMARY KEY (\`id\`),
  UNIQUE KEY \`kind\` (\`kind\`),
  KEY \`note\` (\`note\`(10))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='Boats';
/*!40000 ALTER TABLE \`boat\` DISABLE KEYS */;
INSERT INTO \`boat\` VALUES (1,'sail','; CREATE TABLE no (x int); /*! no */ it\\'s');
/*!50001 DROP VIEW IF EXISTS \`sails\`*/;
/*!50001 CREATE VIEW \`sails\` AS SELECT
 1 AS \`id\`,
  1 AS \`theKind\` */;
/*!50003 CREATE*/ /*!50017 DEFINER=\`me\`@\`%\`*/ /*!50003 TRIGGER t BEFORE INSERT ON boat FOR EACH ROW SET NEW.note = 'x' */;
/*!50001 DROP VIEW IF EXISTS \`sails\`*/;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=\`me\`@\`%\` SQL SECURITY DEFINER */
/*!50001 VIEW \`sails\` AS select \`boat\`.\`id\` AS \`id\`,\`boat\`.\`kind\` AS \`theKind\` from \`boat\` where \`boat\`.\`note\` <> '*/' */;
`,
    "boat (id int(11) PRIMARY KEY, kind enum('sail','motor'), note text); comment Boats; unique kind; id default AUTO_INCREMENT; kind default 'sail'; kind enum sail motor; kind comment a \\ and it's",
    "sails (id int(11) NOT NULL, theKind enum('sail','motor')); view; id default 0; theKind default 'sail'; theKind enum sail motor",
  );
  check(
    'mysqldump in ANSI mode',
    'mysql',
    'CREATE TABLE "harbor" (\n  "id" int(11) NOT NULL,\n  "name" varchar(9) DEFAULT "x",\n  PRIMARY KEY ("id"),\n  UNIQUE KEY "n" ("name"),\n  CONSTRAINT "f" FOREIGN KEY ("id") REFERENCES "boat" ("id")\n);',
    'harbor (id int(11) PRIMARY KEY REFERENCES boat(id), name varchar(9)); unique name; name default "x"',
  );
  check(
    'phpMyAdmin: keys and AUTO_INCREMENT come last, a view first as a table',
    'mysql',
    `CREATE TABLE \`wp_a\` (
  \`ID\` bigint(20) UNSIGNED NOT NULL,
  \`t\` varchar(9) NOT NULL DEFAULT ''
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
-- Stand-in structure for view
CREATE TABLE \`v\` (
\`ID\` bigint(20) unsigned
);
DROP TABLE IF EXISTS \`v\`;
CREATE ALGORITHM=UNDEFINED DEFINER=\`root\`@\`localhost\` SQL SECURITY DEFINER VIEW \`v\`  AS SELECT \`a\`.\`ID\` AS \`ID\` FROM \`wp_a\` AS \`a\` ;
ALTER TABLE \`wp_a\`
  ADD PRIMARY KEY (\`ID\`),
  ADD UNIQUE KEY \`t\` (\`t\`),
  ADD KEY \`k\` (\`t\`);
ALTER TABLE \`wp_a\`
  MODIFY \`ID\` bigint(20) UNSIGNED NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=5;
ALTER TABLE \`wp_a\` ADD CONSTRAINT \`f\` FOREIGN KEY (\`ID\`) REFERENCES \`b\` (\`ID\`);
`,
    "wp_a (ID bigint(20) UNSIGNED PRIMARY KEY REFERENCES b(ID), t varchar(9) NOT NULL); unique t; ID default AUTO_INCREMENT; t default ''",
    'v (ID bigint(20) UNSIGNED NOT NULL); view',
  );
  check(
    'pg_dump',
    'postgres',
    `\\restrict abc
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TYPE public."Tide" AS ENUM (
    'low',
    'high'
);
ALTER TYPE public."Tide" OWNER TO me;
CREATE DOMAIN public.code AS character varying(4) CONSTRAINT c CHECK (((VALUE)::text = ANY ((ARRAY['A'::character varying, 'B'::character varying])::text[])));
CREATE TABLE public.log (
    at date NOT NULL,
    tide public."Tide" DEFAULT 'low'::public."Tide",
    code public.code,
    "camelCase" character varying(3)
)
PARTITION BY RANGE (at);
CREATE TABLE public.log_2026 (
    at date NOT NULL
);
CREATE VIEW public.v AS
 SELECT log."camelCase" AS "createdAt",
    count(*) AS n
   FROM public.log
  GROUP BY log."camelCase";
CREATE TABLE harbour.boat (
    id integer NOT NULL
);
ALTER TABLE harbour.boat ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME harbour.boat_id_seq
    START WITH 1
);
ALTER TABLE ONLY public.log ATTACH PARTITION public.log_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
COPY public.log (at) FROM stdin;
2026-01-01\tCREATE TABLE no (x int);
\\.
ALTER TABLE ONLY harbour.boat
    ADD CONSTRAINT boat_pkey PRIMARY KEY (id);
COMMENT ON TABLE harbour.boat IS 'It''s \\ a boat';
COMMENT ON COLUMN harbour.boat.id IS 'one' ' two';
\\unrestrict abc
`,
    'log (at date NOT NULL, tide "Tide", code code, "camelCase" character varying(3)); tide default \'low\'::public."Tide"; tide enum low high; code check A B',
    'v ("createdAt" character varying(3), n TEXT); view',
    "harbour.boat (id integer PRIMARY KEY); comment It's \\ a boat; id default GENERATED AS IDENTITY; id comment one two",
  );
  check(
    'sqlite .dump: virtual tables stand in rows of sqlite_schema, names in single quotes',
    'sqlite',
    `PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS 'it''s' ('a' INTEGER PRIMARY KEY, 'b c' TEXT UNIQUE);
INSERT INTO "it's" VALUES(1,'x');
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','notes','notes',0,'CREATE VIRTUAL TABLE notes USING fts5(title, body UNINDEXED, tokenize=''porter'')');
CREATE TABLE IF NOT EXISTS 'notes_data'(id INTEGER PRIMARY KEY, block BLOB);
CREATE TABLE IF NOT EXISTS 'notes_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS 'notes_content'(id INTEGER PRIMARY KEY, c0, c1);
CREATE TABLE IF NOT EXISTS 'notes_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
CREATE TABLE IF NOT EXISTS 'notes_config'(k PRIMARY KEY, v) WITHOUT ROWID;
CREATE VIRTUAL TABLE box USING rtree(id, minX, maxX, +label TEXT);
CREATE TABLE IF NOT EXISTS "box_rowid"(rowid INTEGER PRIMARY KEY,nodeno,a0);
CREATE TABLE IF NOT EXISTS "box_node"(nodeno INTEGER PRIMARY KEY,data);
CREATE TABLE IF NOT EXISTS "box_parent"(nodeno INTEGER PRIMARY KEY,parentnode);
CREATE TABLE box_other (k TEXT PRIMARY KEY, PRIMARY KEY (k)) WITHOUT ROWID;
PRAGMA writable_schema=OFF;
COMMIT;
`,
    '"it\'s" (a INTEGER PRIMARY KEY, "b c" TEXT); unique b c',
    'notes (title TEXT, body TEXT)',
    'box (id INT, minX REAL, maxX REAL, label TEXT)',
    'box_other (k TEXT PRIMARY KEY)',
  );
  check(
    'DuckDB EXPORT DATABASE',
    'duckdb',
    `CREATE SCHEMA sales;
CREATE TYPE mood AS ENUM ( 'sad', 'it''s ok' );
CREATE SEQUENCE n INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START 1 NO CYCLE;
CREATE TABLE sales.customers(id BIGINT DEFAULT(nextval('n')) PRIMARY KEY, feeling mood, p STRUCT(x INTEGER, y VARCHAR[]), tags VARCHAR[] DEFAULT(['a', 'b']));
CREATE TABLE sales.orders(id INTEGER, customer BIGINT NOT NULL, FOREIGN KEY (customer) REFERENCES sales.customers(id));
CREATE VIEW sales.v AS SELECT id AS "theId" FROM sales.orders;
COMMENT ON TABLE sales.orders IS 'Orders';
`,
    "sales.customers (id BIGINT PRIMARY KEY, feeling mood, p STRUCT(x INTEGER, y VARCHAR[]), tags VARCHAR[]); id default (nextval('n')); feeling enum sad it's ok; tags default (['a', 'b'])",
    'sales.orders (id INTEGER, customer BIGINT NOT NULL REFERENCES customers(id)); comment Orders; customer to sales',
    'sales.v (theId INTEGER); view',
  );
  check(
    'Prisma makes a SQLite table anew',
    'sqlite',
    `CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT);
CREATE TABLE "Post" ("id" TEXT NOT NULL PRIMARY KEY, "userId" INTEGER NOT NULL, CONSTRAINT "f" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE);
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_User" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "mail" TEXT);
INSERT INTO "new_User" ("id") SELECT "id" FROM "User";
DROP TABLE "User";
ALTER TABLE "new_User" RENAME TO "User";
CREATE UNIQUE INDEX "User_mail_key" ON "User"("mail");`,
    'Post (id TEXT PRIMARY KEY, userId INTEGER NOT NULL REFERENCES "User"(id))',
    '"User" (id INTEGER PRIMARY KEY, mail TEXT); unique mail',
  );
});

describe('DDL: migrations', () => {
  const both = (up: string, down: string) =>
    `${up}\nCREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\n${down}\nDROP TABLE a;\n${up}\nALTER TABLE a ADD b text;\n`;
  for (const [tool, ddl] of Object.entries({
    goose: both('-- +goose Up', '-- +goose Down'),
    dbmate: both('-- migrate:up', '-- migrate:down transaction:false'),
    'sql-migrate': both('-- +migrate Up', '-- +migrate Down notransaction'),
  })) {
    check(`${tool} has the way back in the same file`, 'postgres', ddl, 'a (id int, b text)');
  }
  check(
    'goose: statements of several',
    'postgres',
    '-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE a (id int);\nCREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END $$ LANGUAGE plpgsql;\n-- +goose StatementEnd\n-- +goose Down\n-- +goose StatementBegin\nDROP TABLE a;\n-- +goose StatementEnd',
    'a (id int)',
  );
  check(
    'Liquibase: rollbacks are comments',
    'postgres',
    '--liquibase formatted sql\n--changeset me:1\nCREATE TABLE a (id int);\n--rollback DROP TABLE a;\n--changeset me:2\nALTER TABLE a ADD b int;\n/* liquibase rollback\nALTER TABLE a DROP b;\n*/',
    'a (id int, b int)',
  );
  check(
    'drizzle: breakpoints between statements',
    'mysql',
    'CREATE TABLE `a` (\n`id` serial AUTO_INCREMENT NOT NULL,\nCONSTRAINT `a_id` PRIMARY KEY(`id`)\n);\n--> statement-breakpoint\nCREATE TABLE `b` (`a` int);--> statement-breakpoint\nALTER TABLE `b` ADD CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `a`(`id`) ON DELETE no action ON UPDATE no action;',
    'a (id serial PRIMARY KEY); unique id; id default AUTO_INCREMENT',
    'b (a int REFERENCES a(id))',
  );
  check(
    'placeholders',
    'postgres',
    'CREATE TABLE ${flyway:defaultSchema}.a (id int); ALTER TABLE ${schema}.a ADD b int;',
    'a (id int, b int)',
  );

  const order = (...names: readonly string[]) =>
    migrationOrder(names.map((name) => path.join('/m', name))).map((file) => path.relative('/m', file));
  it('runs files in the order of their tools', () => {
    assert.deepEqual(
      order(
        'V10__c.sql',
        'V2__b.sql',
        'R__views.sql',
        'V1.10__y.sql',
        'V1.9__x.sql',
        'V1__a.sql',
        'B0__base.sql',
      ),
      ['B0__base.sql', 'V1__a.sql', 'V1.9__x.sql', 'V1.10__y.sql', 'V2__b.sql', 'V10__c.sql', 'R__views.sql'],
    );
    assert.deepEqual(order('10_b.sql', '9_a.sql', '0011_c.sql'), ['9_a.sql', '10_b.sql', '0011_c.sql']);
    assert.deepEqual(order('2026_b/migration.sql', '2025_a/migration.sql'), [
      '2025_a/migration.sql',
      '2026_b/migration.sql',
    ]);
  });
  it('leaves out what takes back', () => {
    assert.deepEqual(order('1_a.down.sql', '1_a.up.sql', '2_b.up.sql', '2_b.down.sql'), [
      '1_a.up.sql',
      '2_b.up.sql',
    ]);
    assert.deepEqual(order('U1__a.sql', 'V1__a.sql', 'U7__lone.sql'), ['V1__a.sql', 'U7__lone.sql']);
    assert.deepEqual(order('1_a/down.sql', '1_a/up.sql', '2_b/down.sql', '2_b/up.sql'), [
      '1_a/up.sql',
      '2_b/up.sql',
    ]);
    assert.deepEqual(
      order('1-a-down.sql', '1-a-up.sql', 'x.undo.sql', 'x.do.sql', 'Script1.sql', 'Script1.rollback.sql'),
      ['1-a-up.sql', 'Script1.sql', 'x.do.sql'],
    );
    assert.deepEqual(order('countdown.sql', 'count.sql', 'down.sql'), [
      'count.sql',
      'countdown.sql',
      'down.sql',
    ]);
  });

  const folder = temporaryFolders();
  it('reads each file as a session of its own', async () => {
    const root = folder();
    const write = (name: string, text: string) => {
      writeFileSync(path.join(root, name), text);
      return path.join(root, name);
    };
    const files = [
      write('V10__c.sql', "ALTER TABLE a DROP COLUMN b; COMMENT ON TABLE a IS 'not closed"),
      write('V2__b.sql', 'ALTER TABLE a ADD b int'),
      write(
        'V1__a.sql',
        'SET search_path = other; CREATE TABLE o (x int); SET search_path = public; CREATE TABLE a (id serial);',
      ),
      write('V11__d.sql', 'CREATE TABLE d (e int);'),
    ];
    const schema = await ddlSource(files, 'auto', readerProgram).read(new AbortController().signal);
    assert.equal(schema.dialect, 'postgres');
    assert.deepEqual(
      schema.tables.map((table) => [
        `${table.namespace ?? ''}.${table.name}`,
        table.columns.map(({ name }) => name).join(),
        path.basename(table.definition?.file ?? ''),
      ]),
      [
        ['other.o', 'x', 'V1__a.sql'],
        ['.a', 'id', 'V1__a.sql'],
        ['.d', 'e', 'V11__d.sql'],
      ],
    );
  });
});
