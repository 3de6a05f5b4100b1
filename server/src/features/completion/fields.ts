/**
 * Members that are no columns of a table: fields of composites and structs (`(home).city`, `s.info.lat`), and columns of table
 * functions whose columns are fixed or written in the call (`json_each`, `pragma_table_info`, `JSON_TABLE`). Pure.
 */
import type { Column, Schema } from '../../schema/model';
import type { Dialect } from '../../sql/dialect';
import { resolveQualifier } from '../../sql/shape/scope';
import type { RelationInScope } from '../../sql/shape/shape';
import type { Place } from './cursor';
import type { Relations } from './relations';
import { targetTable } from './expansions';

const each = 'key value';
const sqliteJson = 'key value type atom id parent fullkey path';
/** Columns of table functions, in their order. */
const functions: Readonly<Partial<Record<Dialect, Readonly<Record<string, string>>>>> = {
  sqlite: {
    json_each: sqliteJson,
    json_tree: sqliteJson,
    generate_series: 'value',
    pragma_table_info: 'cid name type notnull dflt_value pk',
    pragma_table_xinfo: 'cid name type notnull dflt_value pk hidden',
    pragma_table_list: 'schema name type ncol wr strict',
    pragma_index_list: 'seq name unique origin partial',
    pragma_index_info: 'seqno cid name',
    pragma_index_xinfo: 'seqno cid name desc coll key',
    pragma_foreign_key_list: 'id seq table from to on_update on_delete match',
    pragma_foreign_key_check: 'table rowid parent fkid',
    pragma_database_list: 'seq name file',
    pragma_collation_list: 'seq name',
    pragma_function_list: 'name builtin type enc narg flags',
  },
  postgres: { json_each: each, jsonb_each: each, json_each_text: each, jsonb_each_text: each },
  duckdb: {
    json_each: sqliteJson,
    json_tree: sqliteJson,
    pragma_table_info: 'cid name type notnull dflt_value pk',
    range: 'range',
    generate_series: 'generate_series',
    glob: 'file',
  },
};

/** The columns of the table function that the relation calls; undefined where they are not known. */
export function functionColumns(
  relation: RelationInScope,
  { reading, dialect }: Place,
): readonly string[] | undefined {
  let i = reading.tokens.findIndex(({ from }) => from === relation.from);
  if (reading.raw(i) === 'lateral') i++;
  if (i < 0 || reading.raw(i + 1) !== '(') return undefined;
  if (reading.raw(i) === 'json_table') return jsonTableColumns(i + 1, reading);
  const known = functions[dialect] ?? {};
  const name = reading.name(i).toLowerCase();
  return Object.hasOwn(known, name) ? known[name]?.split(' ') : undefined;
}

/** The names in COLUMNS (a INT PATH …, NESTED PATH '…' COLUMNS (b …)). */
function jsonTableColumns(opening: number, reading: Place['reading']): string[] {
  const found: string[] = [];
  const end = reading.closing(opening);
  const isList: boolean[] = [];
  for (let i = opening + 1; i < end; i++) {
    const word = reading.raw(i);
    if (word === '(') isList.push(reading.raw(i - 1) === 'columns');
    else if (word === ')') isList.pop();
    const begins = word === '(' || word === ',';
    if (begins && isList.at(-1) === true && reading.isName(i + 1) && reading.raw(i + 1) !== 'nested')
      found.push(reading.name(i + 1));
  }
  return found;
}

/** The fields behind the dot at the cursor; undefined where what stands before it is no composite. */
export function fieldsAt(place: Place, relations: Relations, schema: Schema): readonly Column[] | undefined {
  const { reading, index, frame } = place;
  let end = index - 2;
  if (reading.raw(index - 1) !== '.') return undefined;
  // (home). and (c.home).
  if (reading.raw(end) === ')') {
    const opening = reading.opening(end);
    // Behind a name it is a call.
    if (opening < 0 || reading.isIdentifier(opening - 1)) return undefined;
    end--;
  }
  const names: string[] = [];
  for (let i = end; reading.isName(i); i -= 2) {
    names.unshift(reading.name(i));
    if (reading.raw(i - 1) !== '.') break;
  }
  const target = targetTable(place, schema);
  const isWritten = place.clause === 'set' || place.clause === 'insert';
  return isWritten && target !== undefined ? within(target.columns, names) : fieldsOf(names);

  function fieldsOf([first = '', ...rest]: readonly string[]): readonly Column[] | undefined {
    const relation = resolveQualifier(first, frame);
    if (relation !== undefined && rest.length > 0) {
      const columns = relations.describe(relation).columns.flatMap(({ column }) => column ?? []);
      const found = within(columns, rest);
      if (found !== undefined) return found;
    }
    for (const { columns } of relations.all()) {
      const found = within(
        columns.flatMap(({ column }) => column ?? []),
        [first, ...rest],
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** The fields of the column that the names lead to. */
function within(
  columns: readonly Column[],
  [first = '', ...rest]: readonly string[],
): readonly Column[] | undefined {
  const column = columns.find(({ name }) => name.toLowerCase() === first.toLowerCase());
  const fields = column && (column.fields ?? structFields(column.type));
  if (fields === undefined) return undefined;
  return rest.length === 0 ? fields : within(fields, rest);
}

/** STRUCT(city VARCHAR, "zip code" VARCHAR), also within another one. */
function structFields(type: string): readonly Column[] | undefined {
  const inner = /^STRUCT\s*\((.*)\)$/is.exec(type)?.[1];
  if (inner === undefined) return undefined;
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of inner) {
    if (character === '(') depth++;
    else if (character === ')') depth--;
    if (character === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part].flatMap((text) => {
    const found = /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+(.*?)\s*$/s.exec(text);
    if (!found) return [];
    const [, quoted, plain = '', of = ''] = found;
    return [{ name: quoted?.replaceAll('""', '"') ?? plain, type: of, nullable: true, primaryKey: 0 }];
  });
}
