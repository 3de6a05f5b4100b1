/**
 * Recall and precision of schema links: compares the names in a question's links with those in its right statement.
 * Uses pairs of the recipe's training data, with values from the statements, and evaluation questions, with values from
 * their databases.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { linkQuestion, type Link } from '../../server/src/prompt/linking/link';
import { linksText } from '../../server/src/prompt/linking/render';
import { parseDdl } from '../../server/src/schema/ddl/readDdl';
import type { Column, Schema, Table } from '../../server/src/schema/model';
import { valuePlaces, type ValuePlace } from '../../server/src/schema/valuePlaces';
import { identifierName, significant, tokenize } from '../../server/src/sql/tokens';

export interface LinkedPair {
  readonly question: string;
  readonly sql: string;
  readonly schema: Schema;
  readonly values: readonly ValuePlace[];
}

/** What a statement uses, each as table or table.column. */
interface Used {
  readonly tables: ReadonlySet<string>;
  /** Outside of join conditions. */
  readonly columns: ReadonlySet<string>;
  readonly joinColumns: ReadonlySet<string>;
  readonly compared: readonly ValuePlace[];
}

export interface LinkFigures {
  readonly n: number;
  readonly tables: { readonly recall: number; readonly precision: number };
  /** Precision: columns of join conditions count as right. */
  readonly columns: { readonly recall: number; readonly precision: number; readonly recallWithJoins: number };
  readonly joinColumns: { readonly recall: number; readonly precision: number };
  /** Questions of which nothing is missed. */
  readonly whole: { readonly tables: number; readonly columns: number };
  readonly linksOfOne: number;
  readonly millisecondsOfOne: number;
}

const id = (table: Table, column?: Column | string): string =>
  column === undefined ? table.name : `${table.name}.${typeof column === 'string' ? column : column.name}`;

/** Read off the tokens: names behind FROM, JOIN and commas are tables, others columns of them. */
export function usedBy(sql: string, schema: Schema): Used {
  const byName = new Map(schema.tables.map((table) => [table.name.toLowerCase(), table]));
  const tokens = significant(tokenize(sql, schema.dialect));
  const text = tokens.map((token) => identifierName(token, sql).toLowerCase());
  const isName = (i: number): boolean => ['word', 'quoted'].includes(tokens[i]?.kind ?? '');
  const named = new Map<string, Table>();
  const used = new Set<Table>();
  text.forEach((word, i) => {
    const table = isName(i) ? byName.get(word) : undefined;
    const before = text[i - 1] ?? '';
    const hasAlias = text[i + 1] === 'as';
    if (!table || !(before === 'from' || before === 'join' || (before === ',' && hasAlias))) return;
    used.add(table);
    named.set(word, table);
    if (hasAlias) named.set(text[i + 2] ?? '', table);
  });
  const columns = new Set<string>();
  const joins = new Set<string>();
  const compared: ValuePlace[] = [];
  text.forEach((word, i) => {
    const isQualified = text[i - 1] === '.';
    if (!isName(i) || (!isQualified && text[i + 1] === '.')) return;
    const owner = isQualified ? named.get(text[i - 2] ?? '') : undefined;
    for (const table of isQualified ? (owner ? [owner] : []) : used) {
      const column = table.columns.find(({ name }) => name.toLowerCase() === word);
      if (!column) continue;
      const from = isQualified ? i - 2 : i;
      const isJoin =
        (text[i + 1] === '=' && text[i + 3] === '.') || (text[from - 1] === '=' && text[from - 3] === '.');
      (isJoin ? joins : columns).add(id(table, column));
      const value = tokens[i + 2];
      if (['=', '!=', '<>'].includes(text[i + 1] ?? '') && value?.kind === 'string')
        compared.push({
          table,
          column,
          value: sql.slice(value.from + 1, value.to - 1).replaceAll("''", "'"),
        });
      break;
    }
  });
  const joinColumns = without(joins, columns);
  return { tables: new Set([...used].map((table) => table.name)), columns, joinColumns, compared };
}

/** About `limit` training pairs of a source, always the same ones. */
export function trainingPairs(recipeData: string, source: string, limit: number): readonly LinkedPair[] {
  const read = (file: string): string =>
    gunzipSync(readFileSync(path.join(recipeData, file))).toString('utf8');
  const ddl = JSON.parse(read('schemas.json.gz')) as Record<string, string>;
  const rows = read('natural.jsonl.gz')
    .split('\n')
    .filter((line) => line.includes(`"src": "${source}"`))
    .map((line) => JSON.parse(line) as { q: string; sql: string; db: string; ev?: string });
  const schemas = new Map<string, Schema>();
  const step = Math.max(1, rows.length / limit);
  return Array.from({ length: Math.min(limit, rows.length) }, (_, i) => rows[Math.floor(i * step)]).flatMap(
    (row) => {
      if (!row) return [];
      let schema = schemas.get(row.db);
      if (!schema) {
        schema = { dialect: 'sqlite', source: row.db, tables: parseDdl(ddl[row.db] ?? '', 'sqlite') };
        schemas.set(row.db, schema);
      }
      const said = row.q.toLowerCase();
      const values = usedBy(row.sql, schema).compared.filter(({ value }) =>
        said.includes(value.toLowerCase()),
      );
      return [{ question: row.q, sql: row.sql, schema, values: values.slice(0, 4) }];
    },
  );
}

/** A question with the values that its schema was read with. */
export function pairOf(question: string, sql: string, schema: Schema): LinkedPair {
  return { question, sql, schema, values: valuePlaces(question, schema) };
}

/** @param onMiss told of each question of which columns are missed */
export function scoreLinks(
  pairs: readonly LinkedPair[],
  onMiss?: (pair: LinkedPair, shown: string, missed: readonly string[], wrong: readonly string[]) => void,
): LinkFigures {
  const count = { tables: new Counts(), columns: new Counts(), joinColumns: new Counts() };
  let [wholeTables, wholeColumns, all, withJoins, goldColumns, rightColumns, milliseconds] = [
    0, 0, 0, 0, 0, 0, 0,
  ];
  for (const { question, sql, schema, values } of pairs) {
    const used = usedBy(sql, schema);
    const started = performance.now();
    const links = linkQuestion(question, schema, values);
    milliseconds += performance.now() - started;
    const tables = new Set(links.flatMap(tablesIn));
    const columns = new Set(
      links.flatMap((link) =>
        'value' in link || link.kind === 'column' ? [id(link.table, link.column)] : [],
      ),
    );
    const joins = new Set(
      links.flatMap((link) =>
        link.kind === 'join' ? [id(link.table, link.column), id(link.otherTable, link.otherColumn)] : [],
      ),
    );
    count.tables.add(used.tables, tables);
    count.columns.add(used.columns, columns);
    count.joinColumns.add(used.joinColumns, joins);
    const right = new Set([...used.columns, ...used.joinColumns]);
    rightColumns += columns.size - without(columns, right).size;
    const missed = without(used.columns, new Set([...columns, ...joins]));
    const missedTables = without(used.tables, tables);
    goldColumns += used.columns.size;
    withJoins += used.columns.size - missed.size;
    all += links.length;
    if (missedTables.size === 0) wholeTables++;
    if (missed.size === 0) wholeColumns++;
    const wrong = [...without(tables, used.tables), ...without(columns, right)];
    if (missed.size + wrong.length > 0)
      onMiss?.(
        { question, sql, schema, values },
        linksText(links, schema.dialect),
        [...missedTables, ...missed],
        wrong,
      );
  }
  const n = Math.max(1, pairs.length);
  return {
    n: pairs.length,
    tables: count.tables.figures(),
    columns: {
      recall: count.columns.figures().recall,
      precision: rightColumns / Math.max(1, count.columns.shown),
      recallWithJoins: withJoins / Math.max(1, goldColumns),
    },
    joinColumns: count.joinColumns.figures(),
    whole: { tables: wholeTables / n, columns: wholeColumns / n },
    linksOfOne: all / n,
    millisecondsOfOne: milliseconds / n,
  };
}

function tablesIn(link: Link): readonly string[] {
  return link.kind === 'join' ? [link.table.name, link.otherTable.name] : [link.table.name];
}

const without = (all: ReadonlySet<string>, some: ReadonlySet<string>): Set<string> =>
  new Set([...all].filter((one) => !some.has(one)));

class Counts {
  #gold = 0;
  #right = 0;
  shown = 0;

  add(gold: ReadonlySet<string>, shown: ReadonlySet<string>): void {
    this.#gold += gold.size;
    this.shown += shown.size;
    this.#right += shown.size - without(shown, gold).size;
  }

  figures(): { readonly recall: number; readonly precision: number } {
    return {
      recall: this.#right / Math.max(1, this.#gold),
      precision: this.#right / Math.max(1, this.shown),
    };
  }
}
