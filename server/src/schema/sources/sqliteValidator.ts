/**
 * Checks statements by SQLite's own prepare, which compiles and does not run. On the file, opened read-only; where
 * that is locked or may not be read, on an empty copy of the schema as it was last seen.
 */
import type * as sqliteModule from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';
import { errorMessage } from '../../errors';
import { judge, onlyPlaceOf, preparable, type Validate, type Verdict } from '../validate';

/** @param open opens a file read-only, or throws */
export function sqliteValidator(file: string, open: (file: string) => DatabaseSync): Validate {
  let definitions: readonly string[] = [];
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous, SQLite is not
  return async (sql) => {
    if (!preparable(sql, 'sqlite')) return undefined;
    let database: DatabaseSync | undefined;
    try {
      database = open(file);
      definitions = definitionsOf(database);
      return prepare(database, sql);
    } catch {
      return definitions.length > 0 ? onClone(definitions, sql) : undefined;
    } finally {
      database?.close();
    }
  };
}

/** Checks a statement on an empty database with the given CREATE statements; those that fail are left out. */
export function onClone(createStatements: readonly string[], sql: string): Verdict | undefined {
  const sqlite = process.getBuiltinModule('node:sqlite') as typeof sqliteModule | undefined;
  if (sqlite === undefined) return undefined;
  const clone = new sqlite.DatabaseSync(':memory:', { allowExtension: false });
  try {
    for (const statement of createStatements) {
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
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
    )
    .all();
  return rows.map((row) => String(row['sql']));
}

/** Throws where the refusal says nothing about the text: a locked or damaged file. */
function prepare(database: DatabaseSync, sql: string): Verdict {
  try {
    database.prepare(sql);
    return { ok: true };
  } catch (error) {
    // SQLITE_ERROR: what is wrong with the text.
    if (((error as { errcode?: number }).errcode ?? 0) !== 1) throw error;
    const message = errorMessage(error);
    const name = /^(?:near "(.+)": |no such (?:column|table|function): |ambiguous column name: )(.*)/.exec(
      message,
    );
    const word = name?.[1] ?? name?.[2]?.split('.').at(-1);
    return judge(message, word === undefined ? undefined : onlyPlaceOf(word, sql, 'sqlite'));
  }
}
