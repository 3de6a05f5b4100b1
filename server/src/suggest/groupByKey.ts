/**
 * Mends groups: two customers may have the same name, and would fall into one group. When a statement joins a table by its key
 * and groups by a name only, the key is added: `GROUP BY c.name` becomes `GROUP BY c.id, c.name`. Pure.
 */
import { columnAt } from '../legality/comparedColumns';
import { Reading } from '../legality/reading';
import { relationTable } from '../schema/names';
import { quoteIdentifier } from '../schema/render';
import type { Schema } from '../schema/model';
import { resolveQualifier } from '../sql/shape/scope';

/** What a column is called that names a row. */
const naming = /(?:name|title)$/i;

/** The statement, grouped by the key where it is one query that groups by qualified names of one table alone. */
export function groupedByKey(sql: string, schema: Schema): string {
  const reading = new Reading(sql, sql.length, schema);
  const { raw, shape } = reading;
  const group = raw.lastIndexOf('group');
  if (group < 0 || raw.indexOf('group') !== group || raw[group + 1] !== 'by') return sql;
  const frame = shape.frames[group] ?? shape.root;
  let qualifier = '';
  let end = group + 2;
  for (; ; end += 4) {
    // qualifier . column ,
    const isColumn = reading.isName(end) && raw[end + 1] === '.' && reading.isName(end + 2);
    if (!isColumn || (qualifier !== '' && reading.name(end) !== qualifier)) return sql;
    qualifier = reading.name(end);
    const column = columnAt(reading, end + 2);
    if (column === undefined || column.primaryKey > 0 || !naming.test(column.name)) return sql;
    if (raw[end + 3] !== ',') break;
  }
  const relation = resolveQualifier(qualifier, frame);
  const table = relation && relationTable(relation, reading.names);
  const keys = table?.columns.filter(({ primaryKey }) => primaryKey > 0) ?? [];
  const [key] = keys;
  if (!table || !key || keys.length > 1) return sql;
  const isJoined = shape.tokens.some(
    (_, i) =>
      columnAt(reading, i) === key &&
      raw[i - 1] === '.' &&
      reading.name(i - 2) === qualifier &&
      ((raw[i + 1] === '=' && raw[i + 3] === '.') || (raw[i - 3] === '=' && raw[i - 5] === '.')),
  );
  const at = shape.tokens[group + 2]?.from;
  const written = sql.slice(at, shape.tokens[group + 2]?.to);
  if (!isJoined || at === undefined) return sql;
  return `${sql.slice(0, at)}${written}.${quoteIdentifier(key.name, schema.dialect)}, ${sql.slice(at)}`;
}
