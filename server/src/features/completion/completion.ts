/**
 * Completion list: what may be written at the cursor, from schema and text alone, best first. It needs no model; ghost
 * text is made by suggest/. The other files of this folder make the items; this one decides which of them a place gets,
 * and in what order. handlers/completion.ts serves it.
 */
import type { Dialect, Schema } from '../../schema/model';
import { allColumnsItem, insertItems, starItems, targetTable } from './expansions';
import { fieldsAt, functionColumns } from './fields';
import { functionItems } from './functions';
import { ownPlaceItems } from './ownPlaces';
import type { CompletionItem, CompletionList } from './item';
import { joinConditions, joinTables } from './joins';
import { keywordItems } from './keywords';
import {
  anyColumnItems,
  columnItems,
  memberItems,
  qualifierItems,
  relationItems,
  selectAliasItems,
  tableItem,
  unwrittenItems,
  columnItem,
} from './names';
import { placeAt, type Place } from './cursor';
import { Relations, type Relation } from './relations';
import { rowItems, rowMembers, writtenRows } from './rows';
import { ddlItems, insertColumnItems, setColumnItems, usingColumnItems } from './targets';
import { styleOf, type Style } from './style';
import { commonBefore } from './unwritten';
import { comparedColumn, valueItems } from './values';
import { resolveQualifier } from '../../sql/shape/scope';
import { statementAt } from '../../sql/statements/statements';
import { schemaWithRows, triggerRows, type RowName } from '../../resolve/triggerRows';

export type { CompletionItem, CompletionList } from './item';

/** The server sends at most so many items. If there are more, the client asks again when the person has typed more. */
const mostItems = 1000;

/** The completion list at `offset` of a document; without items when nothing fits. */
export function completion(text: string, offset: number, schema: Schema, dialect: Dialect): CompletionList {
  const place = placeAt(text, offset, dialect);
  const own = place.quote === "'" ? undefined : ownItems(place, text, schema);
  if (own !== undefined) return { ...empty(place), items: matching(own, place.word), isAsked: true };
  if (place.expects === 'nothing') return empty(place);
  const style = styleOf(place, text);
  const triggered = triggerRows(text, statementAt(text, offset, dialect), schema, dialect);
  const known = schemaWithRows(schema, triggered);
  const rows = [...(known === schema ? triggered : []), ...writtenRows(place, schema)];
  const reader = new Relations(place, known);
  const relations = reader.all();
  if (place.expects === 'star') {
    const { from, items } = starItems(place, relations, style);
    return { ...empty(place), from, items };
  }
  const items = new Lists(place, known, style, reader, relations, rows).items();
  const typed = matching(items, place.word);
  // Items that begin with the typed letters come before items that only contain them, so that cutting the list drops
  // the latter.
  const isCut = typed.length > mostItems;
  return {
    ...empty(place),
    items: isCut ? typed.slice(0, mostItems) : items.length > mostItems ? typed : items,
    isIncomplete: isCut || items.length > mostItems,
    isAsked: isAsked(place),
    pending: relations.flatMap(({ table }) => (table?.columnsPending ? [table] : [])),
  };
}

/** What stands at places that the reading of a query does not tell: see ownPlaces.ts and fields.ts. */
function ownItems(place: Place, text: string, schema: Schema): CompletionItem[] | undefined {
  if (place.index <= 0) return undefined;
  const style = styleOf(place, text);
  const reader = new Relations(place, schema);
  const fields = fieldsAt(place, reader, schema);
  if (fields !== undefined)
    return fields.map((field) => columnItem(field.name, field, { description: 'field' }, style));
  const [qualifier] = place.path;
  const relation =
    place.path.length === 1 && qualifier ? resolveQualifier(qualifier.name, place.frame) : undefined;
  const columns =
    relation && relation.columnNames === undefined ? functionColumns(relation, place) : undefined;
  if (columns !== undefined)
    return columns.map((name) => columnItem(name, undefined, { description: qualifier?.name ?? '' }, style));
  return ownPlaceItems(place, () => reader.all(), schema, style);
}

const empty = ({ from, to, quote }: Place): CompletionList => ({
  from,
  to,
  isQuoted: quote !== undefined,
  items: [],
  isIncomplete: false,
  isAsked: false,
  pending: [],
});

/** True when the place needs a name or a condition that the schema knows: then the list may open by itself. */
function isAsked({ expects, clause, reading, index }: Place): boolean {
  const previous = reading.raw(index - 1);
  return (
    ['relation', 'target', 'member', 'insert column', 'set column', 'using column', 'value'].includes(
      expects,
    ) ||
    (expects === 'operand' && clause === 'on' && previous === 'on')
  );
}

/**
 * The items whose text contains the typed letters in order, those that begin with them first. All items when nothing is
 * typed.
 */
function matching(items: readonly CompletionItem[], word: string): readonly CompletionItem[] {
  if (word === '') return items;
  const wanted = word.toLowerCase();
  const begin: CompletionItem[] = [];
  const other: CompletionItem[] = [];
  for (const item of items) {
    const text = (item.filter ?? item.label).toLowerCase();
    if (text.startsWith(wanted)) begin.push(item);
    else if (holdsInOrder(text, wanted)) other.push(item);
  }
  return [...begin, ...other];
}

function holdsInOrder(text: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

class Lists {
  constructor(
    private readonly place: Place,
    private readonly schema: Schema,
    private readonly style: Style,
    private readonly reader: Relations,
    private readonly relations: readonly Relation[],
    private readonly rows: readonly RowName[],
  ) {}

  items(): CompletionItem[] {
    const { place, schema, style, reader, relations, rows } = this;
    switch (place.expects) {
      case 'member':
        return memberItems(place, reader, schema, style, (name) => rowMembers(name, rows, schema, style));
      case 'relation':
        return [...this.joined(), ...this.tables(), ...this.keywords()];
      case 'target':
        return this.tables();
      case 'after relation':
        return [...this.afterRelation(), ...this.keywords()];
      case 'operand':
        return this.operand();
      case 'value':
        return this.values();
      case 'insert column':
        return insertColumnItems(place, schema, style);
      case 'set column':
        return setColumnItems(place, relations, schema, style);
      case 'row':
        return [...rowItems(rows), ...functionItems(place, schema, style)];
      case 'using column':
        return usingColumnItems(this.before(relations), style);
      case 'ddl':
        return ddlItems(place, relations, schema, style, {
          tables: () => this.tables(),
          keywords: () => this.keywords(),
        });
      case 'statement':
      case 'keyword':
      case 'after operand':
      case 'with':
        return this.keywords();
      default:
        return [];
    }
  }

  private keywords(): CompletionItem[] {
    return keywordItems(this.place, this.style);
  }

  private tables(): CompletionItem[] {
    return relationItems(this.place, this.reader, this.relations, this.schema, this.style);
  }

  /** Behind JOIN: tables together with their conditions, unless a condition is written already. */
  private joined(): CompletionItem[] {
    const { place, relations, schema, style } = this;
    const next = place.reading.raw(place.index + 1);
    const isCross = ['cross', 'natural', 'apply'].includes(place.reading.raw(place.index - 2));
    if (place.clause !== 'join' || next === 'on' || next === 'using' || isCross) return [];
    return joinTables(place, this.before(relations), schema, style, '');
  }

  private afterRelation(): CompletionItem[] {
    const { place, relations, schema, style } = this;
    if (place.clause === 'insert') {
      const table = targetTable(place, schema);
      const { reading, index } = place;
      const isWritten = reading.raw(index - 1) === ')' || reading.token(index + 1) !== undefined;
      return table === undefined || isWritten ? [] : insertItems(table, style);
    }
    const previous = place.reading.raw(place.index - 1);
    const isComplete = place.clause === 'from' && place.reading.isOperand(place.index - 1);
    if (!isComplete || previous === ')') return [];
    return joinTables(place, this.before(relations), schema, style, `${style.keyword('JOIN')} `);
  }

  /** The relations that are written before the cursor. */
  private before(relations: readonly Relation[]): Relation[] {
    const at = this.place.reading.token(this.place.index)?.from ?? 0;
    return relations.filter(({ from }) => from < at);
  }

  /**
   * A query without a FROM may mean any column, most likely one of a common table; or a table whose name will qualify a
   * column.
   */
  private unwritten(wanted: string): CompletionItem[] {
    const { place, schema, style, reader, relations } = this;
    const common = unwrittenItems(commonBefore(place, reader), style);
    const outer = relations.flatMap(({ columns }) => columns.map(({ name }) => name));
    const names = new Set([...common.map(({ label }) => label), ...outer].map((name) => name.toLowerCase()));
    const isWanted = (name: string): boolean => wanted === '' || holdsInOrder(name.toLowerCase(), wanted);
    return [
      ...common,
      ...anyColumnItems(schema, style, (name) => isWanted(name) && !names.has(name.toLowerCase())),
      ...(place.clause === 'select'
        ? schema.tables.filter(({ name }) => isWanted(name)).map((table) => tableItem(table, schema, style))
        : []),
    ];
  }

  private values(): CompletionItem[] {
    const compared = comparedColumn(this.place, this.relations, this.schema);
    return compared === undefined ? [] : valueItems(this.place, compared, this.schema);
  }

  private operand(): CompletionItem[] {
    const { place, relations, schema, style } = this;
    const previous = place.reading.raw(place.index - 1);
    const isOn = place.clause === 'on' && (previous === 'on' || previous === 'and');
    const hasRelations = relations.some(({ columns, depth }) => depth === 0 && columns.length > 0);
    const wanted = place.word.toLowerCase();
    return [
      ...(isOn ? joinConditions(place, this.before(relations), schema, style) : []),
      ...this.values(),
      ...(place.clause === 'select' ? allColumnsItem(place, relations, style) : []),
      ...selectAliasItems(place, style),
      ...columnItems(place, relations, style),
      ...qualifierItems(relations, style),
      ...rowItems(this.rows),
      ...(hasRelations || place.clause === 'values' ? [] : this.unwritten(wanted)),
      ...functionItems(place, schema, style),
      ...this.keywords(),
    ];
  }
}
