/**
 * Places that the reading of queries does not tell, because a command has a grammar of its own: the tables of VACUUM and
 * GRANT ON, the columns of COPY and FOREIGN KEY, types behind `::`, windows behind OVER. Pure.
 */
import type { Schema, Table } from '../../schema/model';
import { relationTable, SchemaNames } from '../../schema/names';
import type { Place } from './cursor';
import type { CompletionItem } from './item';
import { columnItem, tableItem } from './names';
import { tableTitle, type Relation } from './relations';
import type { Style } from './style';
import { typeItems } from './keywords';

/** What is written before a table, and before the next one of a list. */
const beforeTable = [
  /^vacuum( (full|freeze|verbose|analyze|\( [^)]*\)))*$/,
  /^analy[sz]e( (verbose|\( [^)]*\)|(no_write_to_binlog|local)( table)?|table))?$/,
  /^(describe|desc|summarize|cluster( verbose)?)$/,
  /^truncate( table)?( only)?$/,
  /^lock( tables?)?( only)?$/,
  /^(optimize|check|repair|checksum|rename)( table)?$/,
  /^(reindex|cluster)( \( [^)]*\))? table( concurrently)?$/,
  /^comment on (table|column)$/,
  /^(grant|revoke) .+ on( table)?$/,
  /^(show|flush) .*(columns|fields|index|indexes|keys) (from|in)$/,
  /^show create table$/,
  /^copy$/,
  /^create (temp |temporary )?table( if not exists)? \S+( \()? like$/,
  /^pragma (\S+ \. )?(table_info|table_xinfo|index_list|foreign_key_list|foreign_key_check|integrity_check|quick_check|storage_info) (\(|=)( ')?$/,
];
const beforeView = [
  /^refresh materialized view( concurrently)?$/,
  /^comment on (materialized )?view$/,
  /^show create view$/,
];

/** The items of such a place; undefined where it is none. */
export function ownPlaceItems(
  place: Place,
  relations: () => readonly Relation[],
  schema: Schema,
  style: Style,
): CompletionItem[] | undefined {
  const { reading, index, path } = place;
  if (path.length > 0) return undefined;
  const words = Array.from({ length: index }, (_, i) => reading.raw(i) || reading.written(i));
  // Tables that are listed already do not count.
  const text = words.join(' ').replace(/(?: \S+ ,)+$/, '');
  const tablesOf = (takes: (table: Table) => boolean): CompletionItem[] =>
    schema.tables.filter(takes).map((table) => tableItem(table, schema, style));
  if (beforeTable.some((pattern) => pattern.test(text))) return tablesOf(() => true);
  if (beforeView.some((pattern) => pattern.test(text))) return tablesOf(({ kind }) => kind !== 'table');
  const previous = words.at(-1) ?? '';
  if (previous === '::' || (previous === 'as' && isCast(words))) return typeItems(place, style);
  if (previous === 'over') return windows(place, style);
  if (previous === 'of' && /^(?:update|share)$/.test(words.at(-2) ?? '') && place.clause !== 'ddl')
    return relations()
      .filter(({ depth, qualifier }) => depth === 0 && qualifier !== '')
      .map(({ qualifier, description }) => ({
        kind: 'relation',
        label: qualifier,
        insert: style.name(qualifier),
        description,
      }));
  // The first part of a union names the columns of the result.
  const { firstPart } = place.frame;
  if (place.clause === 'order by' && place.parenthesis < 0 && firstPart?.output !== undefined)
    return firstPart.output
      .filter((name) => name !== '')
      .map((name) => columnItem(name, undefined, { description: 'result' }, style));
  if (
    previous === 'on' &&
    /^(?:insert|replace) .*\) on$/.test(text) &&
    /^(?:values|insert|none|on)$/.test(place.clause) &&
    !words.includes('join')
  ) {
    const phrase = place.dialect === 'mysql' ? 'DUPLICATE KEY UPDATE' : 'CONFLICT';
    return [
      { kind: 'keyword', label: style.keyword(phrase), insert: style.keyword(phrase), description: '' },
    ];
  }
  // Names of indexes and partitions are in no schema.
  if (/ (?:use|force|ignore) (?:index|key)(?: for (?:join|order by|group by))? \([^)]*$/.test(text))
    return [];
  const table = listedTable(text, place, schema);
  if (table === undefined) return undefined;
  const description = tableTitle(table, schema);
  return table.columns.map((column) => columnItem(column.name, column, { description, table }, style));
}

/** The table whose columns a list names: COPY t (, FOREIGN KEY (, UPDATE OF … ON t, CREATE POLICY … ON t USING (. */
function listedTable(text: string, { reading, index, shape }: Place, schema: Schema): Table | undefined {
  const named = (i: number): Table | undefined =>
    SchemaNames.of(schema).table(reading.key(i), reading.raw(i - 1) === '.' ? reading.key(i - 2) : undefined);
  const opening = text.lastIndexOf('(');
  const isOpen = opening >= 0 && !text.slice(opening).includes(')');
  const at = reading.opening(index);
  if (isOpen && /^(?:copy|vacuum.*|analyze.*) \S+(?: \. \S+)? \($/.test(text.slice(0, opening + 1)))
    return named(at - 1);
  if (isOpen && /^alter table .* (?:foreign|primary) key \($/.test(text.slice(0, opening + 1))) {
    const last = text.split(' ').findIndex((word, i) => i > 0 && /^(?:add|drop|alter)$/.test(word)) - 1;
    return named(last);
  }
  if (isOpen && /^(?:create|alter) policy .*(?:using|check) \(/.test(text))
    return named(text.split(' ').indexOf('on') + 1);
  if (/^create .*trigger .* update of$/.test(text)) {
    for (let i = index; i < reading.tokens.length; i++) if (reading.raw(i) === 'on') return named(i + 1);
  }
  if (isOpen && /^insert .* on conflict \($/.test(text.slice(0, opening + 1))) {
    const [target] = shape.root.relations;
    return target && relationTable(target, SchemaNames.of(schema));
  }
  return undefined;
}

/** CAST(x AS. */
function isCast(words: readonly string[]): boolean {
  for (let i = words.length - 1, depth = 0; i >= 0; i--) {
    if (words[i] === ')') depth++;
    else if (words[i] === '(' && --depth < 0) return /^(?:try_|safe_)?cast$/.test(words[i - 1] ?? '');
  }
  return false;
}

/** The windows that the query names: WINDOW w AS (…), v AS (…). */
function windows({ reading, index }: Place, style: Style): CompletionItem[] {
  const found: CompletionItem[] = [];
  for (let i = index + 1; i < reading.tokens.length; i++) {
    if (!reading.isName(i) || reading.raw(i + 1) !== 'as' || reading.raw(i + 2) !== '(') continue;
    if (
      !/^(?:window|,)$/.test(reading.raw(i - 1)) ||
      !reading.tokens.some((_, k) => k < i && reading.raw(k) === 'window')
    )
      continue;
    found.push({
      kind: 'relation',
      label: reading.name(i),
      insert: style.name(reading.name(i)),
      description: 'window',
    });
  }
  return found;
}
