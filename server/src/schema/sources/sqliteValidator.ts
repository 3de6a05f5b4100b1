/**
 * Checks statements by SQLite's own prepare, which compiles and does not run. On the file, opened read-only; where
 * that is locked or may not be read, on an empty copy of the schema as it was last seen. It runs in the file reader.
 */
import type * as sqliteModule from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';
import { errorMessage } from '../../errors';
import { judge, onlyPlaceOf, preparable, type Verdict } from '../validate';
import { openSqlite } from './sqlite';

/** Checks on one file; remembers what its schema was. */
export class SqliteChecks {
  #definitions: readonly string[] = [];

  check(file: string, sql: string): Verdict | undefined {
    if (!preparable(sql, 'sqlite')) return undefined;
    let database: DatabaseSync | undefined;
    try {
      database = openSqlite(file);
      this.#definitions = definitionsOf(database);
      return prepare(database, sql);
    } catch {
      return this.#definitions.length > 0 ? checkAgainst(this.#definitions, sql) : undefined;
    } finally {
      database?.close();
    }
  }
}

/** Checks a statement on an empty database with the given CREATE statements; those that fail are left out. */
export function checkAgainst(definitions: readonly string[], sql: string): Verdict | undefined {
  const sqlite = process.getBuiltinModule('node:sqlite') as typeof sqliteModule | undefined;
  if (sqlite === undefined || !preparable(sql, 'sqlite')) return undefined;
  const clone = new sqlite.DatabaseSync(':memory:', { allowExtension: false });
  try {
    clone.exec('PRAGMA trusted_schema = OFF');
    for (const statement of definitions) {
      try {
        // Only its first statement is run: a file's schema may hold another behind it, ATTACH for instance.
        clone.prepare(statement).run();
      } catch {
        // A virtual table of a module that is not here: statements about it cannot be checked.
        return undefined;
      }
    }
    return prepare(clone, sql);
  } catch {
    return undefined;
  } finally {
    clone.close();
  }
}

function definitionsOf(database: DatabaseSync): string[] {
  const rows = database
    .prepare(
      "SELECT sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
    )
    .all();
  return rows.map((row) => String(row['sql']));
}

/** Throws where the refusal says nothing about the text: a locked or damaged file. */
function prepare(database: DatabaseSync, sql: string): Verdict | undefined {
  try {
    database.prepare(sql);
    return { ok: true };
  } catch (error) {
    // SQLITE_ERROR: what is wrong with the text.
    if (((error as { errcode?: number }).errcode ?? 0) !== 1) throw error;
    const message = errorMessage(error);
    // It is refused here only, because this schema is not trusted.
    if (message.startsWith('unsafe use of')) return undefined;
    const name = /^(?:near "(.+)": |no such (?:column|table|function): |ambiguous column name: )(.*)/.exec(
      message,
    );
    const word = name?.[1] ?? name?.[2]?.split('.').at(-1);
    return judge(message, word === undefined ? undefined : onlyPlaceOf(word, sql, 'sqlite'));
  }
}
