/** Finds words in the wrong place: calls of functions that the dialect lacks, a table where a column must stand. Pure. */
import { perSchema } from '../../schema/perSchema';
import { functionsOf, keywordsOf, typeNames } from '../../sql/keywords';
import type { Problem } from '../problem';
import type { Reading } from '../reading';

/** The schema's names as they are compared here; asked for with every candidate of every token. */
const lowerCaseNames = perSchema(({ tables }) => ({
  tables: new Set(tables.map(({ name }) => name.toLowerCase())),
  columns: new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name.toLowerCase()))),
}));

/** Functions the dialect does not have, and tables where a column must stand. */
export function misplacedWords(reading: Reading): Problem[] {
  const { shape, raw, schema, length, to } = reading;
  if (schema.tables.length === 0) return [];
  const { dialect } = schema;
  const [keywords, functions] = [keywordsOf(dialect), functionsOf(dialect)];
  const { tables, columns } = lowerCaseNames(schema);
  // PostgreSQL and DuckDB let a table's name stand for its whole row.
  const rowsAreValues = dialect === 'postgres' || dialect === 'duckdb';
  const found: Problem[] = [];
  for (let i = 0; i < length; i++) {
    const token = shape.tokens[i];
    const word = raw[i] ?? '';
    if (token?.kind !== 'word' || token.to === to || shape.roles.has(i)) continue;
    if (keywords.has(word) || typeNames.has(word) || raw[i - 1] === '.' || raw[i + 1] === '.') continue;
    const isCall = raw[i + 1] === '(';
    if (isCall ? !functions.has(word) : !rowsAreValues && tables.has(word) && !columns.has(word))
      found.push({ kind: 'misplaced-word', at: token.from });
  }
  return found;
}
