/**
 * Runs statements on SQLite files, read-only, and tells whether two give the same rows. It is a process of its own,
 * because a statement that never ends can be stopped only with its process.
 */
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';

export interface JudgeRequest {
  readonly sql: string;
  /** Statements that count as right; the first one is the answer itself, the order of whose rows may matter. */
  readonly right: readonly string[];
  readonly orderMatters: boolean;
  readonly database: string;
  readonly variants: readonly string[];
}

export interface Verdict {
  /** The statement runs on the database. */
  readonly executable: boolean;
  /** Same result as a right one. */
  readonly ex: boolean;
  /** The same on all copies of the database with other rows. */
  readonly exSuite: boolean;
}

process.on('message', (request: JudgeRequest) => process.send?.(judge(request)));

function judge({ sql, right, orderMatters, database, variants }: JudgeRequest): Verdict {
  const rows = run(database, sql);
  if (rows === undefined) return { executable: false, ex: false, exSuite: false };
  const agreeing = right.filter((statement, i) => {
    const wanted = run(database, statement);
    return wanted !== undefined && same(rows, wanted, orderMatters && i === 0);
  });
  const exSuite = agreeing.some((statement) =>
    variants.every((variant) => {
      const [got, wanted] = [run(variant, sql), run(variant, statement)];
      return got !== undefined && wanted !== undefined && same(got, wanted, false);
    }),
  );
  return { executable: true, ex: agreeing.length > 0, exSuite };
}

/** Each row as text that is equal where the row is; undefined when the statement does not run. */
function run(file: string, sql: string): string[] | undefined {
  const database = new DatabaseSync(file, { readOnly: true, enableDoubleQuotedStringLiterals: true });
  try {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const rows = statement.all() as unknown as SQLOutputValue[][];
    return rows.map((row) => JSON.stringify(row.map(comparable)));
  } catch {
    return undefined;
  } finally {
    database.close();
  }
}

/** Numbers are compared as such, to four digits behind the point. */
function comparable(value: SQLOutputValue): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(Number(value).toFixed(4));
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

function same(a: readonly string[], b: readonly string[], inOrder: boolean): boolean {
  const [one, other] = inOrder ? [a, b] : [a.toSorted(), b.toSorted()];
  return one.length === other.length && one.every((row, i) => row === other[i]);
}
