/**
 * Checks statements with SQLite's own prepare, which compiles and does not run. It uses the file, opened read-only;
 * when the file is locked or cannot be read, an empty copy of its last known schema. Runs in the file reader.
 */
import type * as sqliteModule from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';
import { errorMessage } from '../../errors';
import { judge, onlyPlaceOf, preparable, type Verdict } from '../validate';
import { openSqlite } from './sqlite';

/** The checks on one file. Remembers the file's last known schema. */
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

/** Checks a statement on an empty database, made with the given CREATE statements as far as they work. */
export function checkAgainst(definitions: readonly string[], sql: string): Verdict | undefined {
  const sqlite = process.getBuiltinModule('node:sqlite') as typeof sqliteModule | undefined;
  if (sqlite === undefined || !preparable(sql, 'sqlite')) return undefined;
  const clone = new sqlite.DatabaseSync(':memory:', { allowExtension: false });
  try {
    clone.exec('PRAGMA trusted_schema = OFF');
    for (const statement of definitions) {
      try {
        // `prepare` takes only the first statement: the schema of a foreign file may hide a second one behind it, such
        // as ATTACH.
        clone.prepare(statement).run();
      } catch {
        // A virtual table whose module is missing here: statements cannot be checked.
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

/** Throws when the refusal says nothing about the text, because the file is locked or damaged. */
function prepare(database: DatabaseSync, sql: string): Verdict | undefined {
  try {
    database.prepare(sql);
    return { ok: true };
  } catch (error) {
    // SQLITE_ERROR: something is wrong with the text.
    if (((error as { errcode?: number }).errcode ?? 0) !== 1) throw error;
    const message = errorMessage(error);
    // SQLite refuses it only because this connection does not trust the schema.
    if (message.startsWith('unsafe use of')) return undefined;
    const name = /^(?:near "(.+)": |no such (?:column|table|function): |ambiguous column name: )(.*)/.exec(
      message,
    );
    const word = name?.[1] ?? name?.[2]?.split('.').at(-1);
    return judge(message, word === undefined ? undefined : onlyPlaceOf(word, sql, 'sqlite'));
  }
}
