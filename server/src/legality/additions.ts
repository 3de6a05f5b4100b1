/**
 * What a statement that reads to its end does not take in its middle: another item in a list whose length is given, a
 * comparison where no truth value is due, a dot behind what is no relation. Example: no `, city` in `VALUES (1, 2), (3, 4)`.
 * Pure.
 */
import type { Column } from '../schema/model';
import { clauseAt, resolveQualifier } from '../sql/shape/scope';
import type { Reading } from './reading';
import { aggregates } from './rules/wordOrder';

const compares =
  /^(?:=|==|<|>|<=|>=|<>|!=|<=>|~|~\*|!~|like|ilike|in|is|between|glob|regexp|rlike|similar|match)$/;
const separates =
  /^(?:,|;|and|or|when|then|else|case|end|select|from|where|on|having|by|set|values|returning|limit|offset|join|using|qualify|union|except|intersect|as)$/;

/** `a = b = c`: a comparison with what a comparison gives, in a condition that the tokens [from, to] touch. */
export function comparesTwice({ raw }: Reading, from: number, to: number): boolean {
  // One count for each bracket that is open.
  const counts = [0];
  let touched = [false];
  for (const [i, word] of raw.entries()) {
    const depth = counts.length - 1;
    if (word === '(' || word === '[') {
      counts.push(0);
      touched.push(false);
      continue;
    }
    if ((word === ')' || word === ']') && depth > 0) {
      counts.pop();
      touched = touched.slice(0, -1);
      continue;
    }
    if (separates.test(word) && raw[i - 1] !== '.') {
      counts[depth] = 0;
      touched[depth] = false;
      continue;
    }
    if (i >= from && i < to) touched[depth] = true;
    if (compares.test(word) && raw[i - 1] !== '.' && raw[i - 1] !== 'not')
      counts[depth] = (counts[depth] ?? 0) + 1;
    if ((counts[depth] ?? 0) > 1 && (touched[depth] === true || (i >= from && i <= to))) return true;
  }
  return false;
}

/** Lists that take any number of items, by the word before their bracket. */
const openLists =
  /^(?:coalesce|greatest|least|concat|concat_ws|array|in|by|json_object|json_array|json_build_object|jsonb_build_object|jsonb_build_array|struct_pack|list_value|exclude|on|with)$/;

/** A comma more in a list whose length is given: the arguments of a call, a row, the parts of a UNION. */
export function lengthensFixedList({ raw, shape }: Reading, first: number, last: number): boolean {
  let depth = 0;
  let adds = false;
  for (let i = first; i < last; i++) {
    if (/^[([{]$/.test(raw[i] ?? '')) depth++;
    else if (/^[)\]}]$/.test(raw[i] ?? '')) depth--;
    else if (raw[i] === ',' && depth === 0) adds = true;
  }
  // An empty bracket has no length yet.
  if (!adds || (/^[([{]$/.test(raw[first - 1] ?? '') && /^[)\]}]$/.test(raw[last] ?? ''))) return false;
  const token = shape.tokens[first];
  const opening = shape.statement.opening(first);
  const frame = shape.frames[first] ?? shape.root;
  const clause = token === undefined ? 'none' : clauseAt(frame, token.from);
  const bracket = shape.tokens[opening];
  const isInQuery = bracket === undefined || frame.from > bracket.from;
  if (!isInQuery) return !openLists.test(raw[opening - 1] ?? '');
  if (clause === 'values') return opening >= 0;
  if (clause === 'insert' || clause === 'with') return true;
  if (clause !== 'select') return false;
  // Beside groups stand aggregates.
  if (frame.marks.some((mark) => mark.clause === 'group by')) {
    const head = raw[first] === ',' ? (raw[first + 1] ?? '') : (raw[first] ?? '');
    if (!aggregates.has(head) && head !== 'min' && head !== 'max') return true;
  }
  // A query that is a value, a part of a UNION, or what an INSERT takes.
  if (frame.firstPart !== undefined || shape.frames.some(({ firstPart }) => firstPart === frame)) return true;
  if (opening >= 0)
    return !/^(?:from|join|lateral|as|,)$/.test(raw[opening - 1] ?? '') || raw[opening - 2] === ')';
  return /^(?:insert|replace)$/.test(raw[0] ?? '') || raw.includes('insert');
}

/** Calls that take a condition. */
const takesCondition =
  /^(?:if|iif|filter|where|coalesce|bool_and|bool_or|every|count|count_if|exists|not|and|or|on|when|in|over|having)$/;

/** A comparison or AND where a complete statement wants no truth value: in lists, assignments and arguments. */
export function comparesInList({ raw, shape }: Reading, first: number, last: number): boolean {
  let depth = 0;
  for (let i = first; i < last; i++) {
    const word = raw[i] ?? '';
    if (/^[([{]$/.test(word) || word === 'case') depth++;
    else if (/^[)\]}]$/.test(word) || word === 'end') depth--;
    else if (depth === 0 && (compares.test(word) || word === 'and' || word === 'or') && raw[i - 1] !== '.') {
      const frame = shape.frames[i] ?? shape.root;
      const token = shape.tokens[i];
      if (token === undefined) continue;
      const opening = shape.statement.opening(i);
      const bracket = shape.tokens[opening]?.from ?? -1;
      const clause = clauseAt(frame, token.from);
      if (bracket >= frame.from && isCall(raw, opening) && !takesCondition.test(raw[opening - 1] ?? ''))
        return true;
      if (!/^(?:select|order by|group by|values|set|returning)$/.test(clause)) continue;
      const before = raw.slice(0, first);
      const cases =
        before.filter((one) => one === 'case').length - before.filter((one) => one === 'end').length;
      if (cases <= 0 && !(clause === 'set' && word === '=' && !hasAssigned(raw, i))) return true;
    }
  }
  return false;
}

const isCall = (raw: readonly string[], opening: number): boolean => /^\w/.test(raw[opening - 1] ?? '');

/** Whether the assignment that the token stands in has its mark already. */
function hasAssigned(raw: readonly string[], i: number): boolean {
  for (let k = i - 1; k >= 0 && raw[k] !== ',' && raw[k] !== 'set'; k--) if (raw[k] === '=') return true;
  return false;
}

/** Dots stand behind what goes by that name in the query, or behind a schema. */
export function qualifies(reading: Reading, first: number, last: number): boolean {
  const { raw, shape, names, schema } = reading;
  for (let i = Math.max(1, first); i <= last; i++) {
    if (raw[i] !== '.' || /^[)\]}]$/.test(raw[i - 1] ?? '') || !reading.isName(i - 1)) continue;
    const isMember = raw[i - 2] === '.';
    const name = reading.name(isMember ? i - 3 : i - 1);
    const isRelation = /^(?:from|join)$/.test(
      clauseAt(shape.frames[i] ?? shape.root, shape.tokens[i]?.from ?? 0),
    );
    if (isMember && names.isNamespace(name) && raw[i + 2] !== '(' && raw[i - 4] !== '.') {
      const isKnown = resolveQualifier(reading.name(i - 1), shape.frames[i] ?? shape.root) !== undefined;
      if (isRelation ? schema.dialect === 'duckdb' : isKnown) continue;
    }
    if (isMember) {
      // DuckDB: s.info.city
      if (
        schema.dialect === 'duckdb' &&
        names.tablesWith(reading.name(i - 1)).some(({ columns }) => isStruct(columns, reading.name(i - 1)))
      )
        continue;
      return false;
    }
    const frame = shape.frames[i] ?? shape.root;
    if (
      resolveQualifier(name, frame) !== undefined ||
      names.isNamespace(name) ||
      /^(?:excluded|old|new|inserted|deleted)$/.test(name)
    )
      continue;
    if (names.table(name) !== undefined && clauseAt(frame, shape.tokens[i]?.from ?? 0) !== 'where') continue;
    if (schema.dialect === 'duckdb' && names.tablesWith(name).some(({ columns }) => isStruct(columns, name)))
      continue;
    return false;
  }
  return true;
}

const isStruct = (columns: readonly Column[], name: string): boolean =>
  columns.some((column) => column.name.toLowerCase() === name && /^(?:struct|map|json)/i.test(column.type));
