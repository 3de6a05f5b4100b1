/**
 * Places with a grammar of their own that hold plain names: the columns behind INSERT INTO, USING, ON CONFLICT, REFERENCES,
 * KEY, CREATE INDEX and COPY, the relations behind FOR UPDATE OF, the windows behind OVER. A name, a comma, a name; where the
 * table is known, one of its columns. Index and partition names are in no schema, so nothing is suggested for them. Pure.
 */
import type { Table } from '../../schema/model';
import { relationTable } from '../../schema/names';
import { clauseAt } from '../../sql/shape/scope';
import type { Problem } from '../problem';
import type { Reading } from '../reading';

/** Which names a list may hold. */
type Holds =
  /** Columns of the tables; of any table where there is none. */
  | { readonly kind: 'columns'; readonly tables: readonly Table[] }
  /** Names that the schema does not tell. */
  | { readonly kind: 'unknown' };

export function brokenNameLists(reading: Reading): Problem[] {
  const { raw, length } = reading;
  const found: Problem[] = [];
  for (let i = 0; i < length; i++) {
    const problem =
      raw[i] === '('
        ? inBrackets(reading, i)
        : raw[i - 1] === 'of'
          ? lockedRelation(reading, i)
          : raw[i - 1] === 'over'
            ? windowName(reading, i)
            : raw[i - 1] === '.'
              ? rowColumn(reading, i)
              : undefined;
    if (problem !== undefined)
      found.push({ kind: 'name-list', at: reading.shape.tokens[problem]?.from ?? 0 });
  }
  return found;
}

/** Index of the first token that cannot stand in the list that opens at `opens`. */
function inBrackets(reading: Reading, opens: number): number | undefined {
  const { raw, length } = reading;
  const holds = listAt(reading, opens);
  if (!holds || opens + 1 >= length) return undefined;
  // A query may stand in the place of INSERT's list.
  if (/^(?:select|with|values|\(|table)$/.test(raw[opens + 1] ?? '')) return undefined;
  if (holds.kind === 'unknown') return raw[opens + 1] === ')' ? undefined : opens + 1;
  let isName = true;
  for (let k = opens + 1; k < length && raw[k] !== ')'; k++, isName = !isName) {
    const fits = isName ? reading.isName(k) && isColumn(reading, k, holds.tables) : raw[k] === ',';
    if (!fits) return k;
  }
  return undefined;
}

function listAt(reading: Reading, opens: number): Holds | undefined {
  const { raw, shape, names } = reading;
  const before = raw[opens - 1] ?? '';
  const token = shape.tokens[opens];
  if (token === undefined) return undefined;
  const frame = shape.frames[opens] ?? shape.root;
  const tablesOf = (relations: typeof frame.relations): readonly Table[] =>
    relations.flatMap((relation) => relationTable(relation, names) ?? []);
  if (before === 'using' && clauseAt(frame, token.from) === 'using')
    return { kind: 'columns', tables: tablesOf(frame.relations.slice(-1)) };
  if (before === 'conflict') return { kind: 'columns', tables: tablesOf(shape.root.relations.slice(0, 1)) };
  if (before === 'key' && /^(?:primary|foreign)$/.test(raw[opens - 2] ?? ''))
    return { kind: 'columns', tables: [] };
  if (isIndexHint(raw, opens) || (before === 'partition' && raw[opens - 2] !== 'over'))
    return { kind: 'unknown' };
  if (!reading.isName(opens - 1)) return undefined;
  const start = nameStart(raw, opens - 1);
  const table = tableNamed(reading, start, opens);
  const tables = table === undefined ? [] : [table];
  const introduces = raw[start - 1] ?? '';
  if (introduces === 'into' && /^(?:insert|replace|ignore|overwrite)$/.test(raw[start - 2] ?? ''))
    return { kind: 'columns', tables };
  // INSERT INTO orders AS o (
  if (introduces === 'as' && /^(?:insert|replace)$/.test(raw[0] ?? '') && raw[1] === 'into')
    return { kind: 'columns', tables: tablesOf(shape.root.relations.slice(0, 1)) };
  if (introduces === 'references') return { kind: 'columns', tables };
  if (introduces === 'copy' && start === 1) return { kind: 'columns', tables };
  if (introduces === 'on' && raw[0] === 'create' && raw.slice(1, 4).includes('index'))
    return { kind: 'columns', tables };
  return undefined;
}

/** MySQL: USE INDEX (, FORCE KEY FOR ORDER BY (. */
function isIndexHint(raw: readonly string[], opens: number): boolean {
  let i = opens - 1;
  if (/^(?:join|by)$/.test(raw[i] ?? '')) i -= raw[i] === 'by' ? 3 : 2;
  return /^(?:index|key)$/.test(raw[i] ?? '') && /^(?:use|force|ignore)$/.test(raw[i - 1] ?? '');
}

/** Where the qualified name begins that ends at `end`. */
function nameStart(raw: readonly string[], end: number): number {
  let start = end;
  while (raw[start - 1] === '.') start -= 2;
  return start;
}

function tableNamed(reading: Reading, start: number, end: number): Table | undefined {
  const relation = reading.shape.root.relations.find(
    ({ nameToken }) => nameToken !== undefined && nameToken >= start && nameToken < end,
  );
  return (
    (relation && relationTable(relation, reading.names)) ??
    reading.names.table(reading.name(end - 1), end - 1 > start ? reading.name(end - 3) : undefined)
  );
}

function isColumn(reading: Reading, i: number, tables: readonly Table[]): boolean {
  if (tables.length === 0) return true;
  return tables.every(({ columns }) => columns.some(({ name }) => reading.mayBe(i, name.toLowerCase())));
}

/** FOR UPDATE OF: a relation of the query, by the name it goes by. */
function lockedRelation(reading: Reading, i: number): number | undefined {
  const { raw, shape } = reading;
  if (!/^(?:update|share)$/.test(raw[i - 2] ?? '')) return undefined;
  // Only behind FOR [NO KEY] UPDATE; CREATE TRIGGER … UPDATE OF takes columns.
  if (!raw.slice(Math.max(0, i - 5), i - 2).includes('for')) return undefined;
  const frame = shape.frames[i] ?? shape.root;
  const fits = frame.relations.some(({ alias, name }) =>
    reading.mayBe(i, (alias ?? name ?? '').toLowerCase()),
  );
  return reading.isName(i) && fits ? undefined : i;
}

/** `old.` and `new.` in RETURNING: a column of the table that is written to. */
function rowColumn(reading: Reading, i: number): number | undefined {
  const { raw, shape, names } = reading;
  if (!/^(?:old|new)$/.test(raw[i - 2] ?? '') || raw[i - 3] === '.' || raw[i] === '*') return undefined;
  const token = shape.tokens[i];
  const frame = shape.frames[i] ?? shape.root;
  if (token === undefined || clauseAt(frame, token.from) !== 'returning') return undefined;
  const [target] = frame.relations;
  const table = target && relationTable(target, names);
  return table === undefined || isColumn(reading, i, [table]) ? undefined : i;
}

/** OVER takes a bracket or a window that the query names. */
function windowName(reading: Reading, i: number): number | undefined {
  const { raw } = reading;
  if (raw[i] === '(' || raw[i - 2] !== ')') return undefined;
  for (let k = 1; k < raw.length; k++) {
    // WINDOW w AS (…), v AS (…)
    if (raw[k + 1] !== 'as' || raw[k + 2] !== '(' || !/^(?:window|,)$/.test(raw[k - 1] ?? '')) continue;
    if (reading.mayBe(i, reading.name(k))) return undefined;
  }
  return i;
}
