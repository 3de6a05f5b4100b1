/**
 * Links of questions for training documents, found by the product's own linker, so that training and use cannot differ.
 * JSON lines: a request on standard input, its answer on standard output.
 *
 *   {"dialect", "tables": [{"name", "columns": [{"name", "type", "key", "references": [table, column] | null}]}],
 *    "questions": [{"text", "values": [[table, column, value]]}]}
 *   → what stands behind each question: [" (singer.age; singer.country = 'France')", ""]
 */
import { createInterface } from 'node:readline';
import { linkQuestion } from '../../server/src/prompt/linking/link';
import { linksText } from '../../server/src/prompt/linking/render';
import type { Dialect, Schema, Table } from '../../server/src/schema/model';

interface RecipeTable {
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly key: boolean;
    readonly references: readonly [string, string] | null;
  }[];
}

interface Request {
  readonly dialect: Dialect;
  readonly tables: readonly RecipeTable[];
  readonly questions: readonly {
    readonly text: string;
    readonly values: readonly (readonly [string, string, string])[];
  }[];
}

function answer({ dialect, tables, questions }: Request): string[] {
  const schema: Schema = { dialect, source: '', tables: tables.map(tableOf) };
  return questions.map(({ text, values }) => {
    const places = values.flatMap(([tableName, columnName, value]) => {
      const table = schema.tables.find(({ name }) => name === tableName);
      const column = table?.columns.find(({ name }) => name === columnName);
      return table && column ? [{ table, column, value }] : [];
    });
    return linksText(linkQuestion(text, schema, places), dialect);
  });
}

function tableOf({ name, columns }: RecipeTable): Table {
  let keys = 0;
  return {
    name,
    kind: 'table',
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type,
      nullable: true,
      primaryKey: column.key ? ++keys : 0,
    })),
    foreignKeys: columns.flatMap(({ name: from, references }) =>
      references ? [{ columns: [from], table: references[0], referencedColumns: [references[1]] }] : [],
    ),
    uniqueKeys: [],
  };
}

createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line) as Request))}\n`);
});
