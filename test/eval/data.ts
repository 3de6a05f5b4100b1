/**
 * Reads the evaluation data, one JSON object a line, and takes samples of it. typingScore.ts and sqlScore.ts say what
 * the figures mean.
 */
import { readFileSync } from 'node:fs';

/** A question with the statement that answers it. */
export interface Question {
  readonly id: string;
  readonly source: string;
  readonly question: string;
  /** What the question does not tell; empty where it tells all. */
  readonly hint: string;
  readonly sql: string;
  readonly alt_sql: readonly string[];
  /** Paths below the folder of databases' parent, as in the data. */
  readonly db_path: string;
  readonly variant_paths: readonly string[];
  readonly difficulty: string;
  readonly order_matters: boolean;
}

/** A cursor in a statement, and what stands behind it in the original. */
export interface TypingPosition {
  readonly id: string;
  readonly kind: string;
  readonly db_path: string;
  readonly prefix: string;
  /** The next unit (a name, a condition, a literal), and other right ones. */
  readonly expected: string;
  readonly alts: readonly string[];
  readonly rest: string;
}

export function readLines<T>(file: string): T[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as T);
}

/** What follows the next unit; undefined where no word follows, so that there is no gap. */
export function textBehind({ expected, rest }: TypingPosition): string | undefined {
  if (!rest.startsWith(expected)) return undefined;
  const behind = rest.slice(expected.length);
  return /[\p{L}\p{N}]/u.test(behind) ? behind : undefined;
}

/** About `limit` of the items, evenly spread, always the same ones; all where no limit is given. */
export function sample<T>(items: readonly T[], limit: number | undefined): T[] {
  if (limit === undefined || limit >= items.length) return [...items];
  return Array.from({ length: limit }, (_, i) => items[Math.floor((i * items.length) / limit)]).filter(
    (item) => item !== undefined,
  );
}

/** Items of one database in a row, so that each schema is opened once. */
export function byDatabase<T extends { readonly db_path: string }>(items: readonly T[]): T[] {
  const groups = Map.groupBy(items, ({ db_path }) => db_path);
  return [...groups.values()].flat();
}

/** A statement that is typed from its beginning on, below its comment where it has one. */
export interface StatementToType {
  readonly id: string;
  readonly db_path: string;
  /** What stands above. */
  readonly head: string;
  readonly statement: string;
}

/** The statements that positions were cut from, each once: with its comment where one of its positions has it. */
export function statementsOf(positions: readonly TypingPosition[]): StatementToType[] {
  const found = new Map<string, StatementToType>();
  for (const { id, db_path, prefix, rest } of positions) {
    const [head = ''] = /^(?:--[^\n]*\n)*/.exec(prefix) ?? [];
    // Whoever types a statement ends it.
    const statement = `${(prefix + rest).slice(head.length).replace(/;$/, '')};`;
    const known = found.get(statement);
    if (known === undefined || (known.head === '' && head !== ''))
      found.set(statement, { id: known?.id ?? id, db_path, head, statement });
  }
  return [...found.values()];
}
