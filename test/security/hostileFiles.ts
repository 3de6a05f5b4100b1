/** Makes files that try to harm whoever opens them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** A SQLite file with that schema. */
export function sqliteFile(file: string, ...statements: readonly string[]): string {
  const database = new DatabaseSync(file);
  database.enableDefensive(false);
  for (const statement of statements) database.exec(statement);
  database.close();
  return file;
}

/** A query that SQLite compiles at once and never ends. */
export const endlessQuery =
  'WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) AS n FROM r';

/** Puts an entry into the catalogue that SQLite would not make: names that are its own, for instance. */
export function withEntry(file: string, type: string, name: string, sql: string): string {
  const database = new DatabaseSync(file);
  database.enableDefensive(false);
  database.exec('PRAGMA writable_schema = ON');
  const insert = 'INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, 0, ?)';
  database.prepare(insert).run(type, name, name, sql);
  database.close();
  return file;
}

const pageSize = 512;
const levels = 12;
const fanout = 40;

/**
 * Makes the pages of a table a tree in which each page is reached by 40 ways from the one above, 12 levels deep: reading
 * it comes to an end after 40^12 pages.
 *
 * @param table which one; undefined: SQLite's own catalogue
 */
export function treeWithoutEnd(file: string, table?: 't'): string {
  sqliteFile(
    file,
    `PRAGMA page_size = ${String(pageSize)}`,
    "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x')",
    // The same entry again and again must not be one too many.
    'PRAGMA writable_schema = ON',
    "UPDATE sqlite_schema SET sql = 'CREATE TABLE IF NOT EXISTS t (a TEXT)'",
  );
  const root = table === undefined ? 1 : 2;
  const before = readFileSync(file);
  const pages = before.length / pageSize;
  const all = Buffer.concat([before, Buffer.alloc(levels * pageSize)]);
  // The last page is the leaf that the root was; the first page begins with 100 bytes of something else.
  const leaf = (pages + levels - 1) * pageSize;
  const start = (root - 1) * pageSize;
  before.copy(all, leaf, start, start + pageSize);
  if (root === 1) before.copy(all, leaf, 100, 200);
  for (let level = 0; level < levels; level++)
    writeInteriorPage(all, level === 0 ? root : pages + level, pages + level + 1);
  all.writeUInt32BE(pages + levels, 28);
  writeFileSync(file, all);
  return file;
}

/** An interior page of a table whose cells all lead to one child. */
function writeInteriorPage(all: Buffer, page: number, child: number): void {
  const start = (page - 1) * pageSize;
  const header = start + (page === 1 ? 100 : 0);
  all.fill(0, header, start + pageSize);
  all.writeUInt8(0x05, header);
  all.writeUInt16BE(fanout, header + 3);
  all.writeUInt32BE(child, header + 8);
  let at = pageSize;
  for (let cell = 0; cell < fanout; cell++) {
    at -= 5;
    all.writeUInt32BE(child, start + at);
    all.writeUInt8(cell + 1, start + at + 4);
    all.writeUInt16BE(at, header + 12 + 2 * cell);
  }
  all.writeUInt16BE(at, header + 5);
}
