/**
 * What is likely among what is legal: names that the question mentions, the table that has the columns named before
 * FROM, the alias used before it, columns of the select list behind GROUP BY, values the question quotes. Takes
 * something off a candidate's log probability where it leads away from the likeliest; never makes anything legal.
 */
import { partsOf, relationTable } from '../schema/names';
import type { Column } from '../schema/model';
import { functionsOf } from '../sql/keywords';
import { clauseAt, resolveQualifier, visibleFrames } from '../sql/shape/scope';
import type { Frame, RelationInScope } from '../sql/shape/shape';
import { hasColumns, missingTables, wantedNames, without } from '../legality/rules/pendingNames';
import type { Question } from './question';
import { Reading } from '../legality/reading';
import { comparedColumn, isSummed, isTextType } from '../legality/comparedColumns';

/** Natural logarithms taken off: a name nobody mentioned, a table for which more must be joined. */
const weights = { column: 2.5, table: 3, join: 6, alias: 8, group: 3, value: 3, place: 5, summed: 3 };
/** From this lead on a name is worth looking for in the whole vocabulary. */
const compelling = 2;

/** A text that may come at a place, with how much is to be said for it, in natural logarithms. */
interface Target {
  readonly text: string;
  readonly score: number;
}
type Targets = readonly Target[];

/** What is likely at one place of a statement. */
export class Preference {
  readonly #best: number;
  readonly #targets: Targets;

  /**
   * @param wordFrom where the word in progress begins, in the text that was read
   * @param isValue inside a string: targets are values, compared to their end
   */
  constructor(
    readonly wordFrom: number,
    targets: Targets,
    private readonly functions: ReadonlySet<string>,
    private readonly isValue = false,
  ) {
    this.#targets = targets;
    this.#best = Math.max(0, ...targets.map(({ score }) => score));
  }

  /** What to add to the log probability of a text that stands at `wordFrom`: how far it leads from the likeliest. */
  of(continuation: string): number {
    if (this.#best === 0) return 0;
    return (this.isValue ? this.#ofValue(continuation) : this.#ofName(continuation)) - this.#best;
  }

  /**
   * What is left to write of the texts that may stand at `wordFrom`, the likeliest first: all, or where some stand out
   * only those. They begin with `head`, what is written of them, and `typed`, what must come next.
   */
  rests(head: string, typed: string): string[] {
    const least = this.#best >= compelling ? this.#best - 0.5 : -Infinity;
    const begun = head + typed;
    return this.#targets
      .filter(({ score }) => score >= least)
      .sort((a, b) => b.score - a.score)
      .map(({ text }) => (this.isValue ? `'${text.replaceAll("'", "''")}'` : text))
      .filter((text) => text.toLowerCase().startsWith(begun.toLowerCase()))
      .map((text) => typed + text.slice(begun.length))
      .filter((rest) => rest !== '');
  }

  #ofName(continuation: string): number {
    const match = /^\s*["`]?([\p{L}\p{N}_$]*)(.*)$/su.exec(continuation);
    const word = match?.[1]?.toLowerCase() ?? '';
    // Nothing is decided by a blank, a bracket or a star.
    if (word === '') return this.#best;
    const isWhole = match?.[2] !== '';
    let best = 0;
    for (const { text, score } of this.#targets) {
      const name = text.toLowerCase();
      if (score > best && (isWhole ? name === word : name.startsWith(word))) best = score;
    }
    return best < this.#best && this.#leadsOn(match?.[1] ?? '', isWhole) ? this.#best : best;
  }

  /** COUNT( and the like lead to any column; in capitals, so that a column "country" is not taken for it. */
  #leadsOn(word: string, isWhole: boolean): boolean {
    if (word !== word.toUpperCase()) return false;
    const name = word.toLowerCase();
    for (const known of [this.functions, openers])
      for (const one of known) if (isWhole ? one === name : one.startsWith(name)) return true;
    return false;
  }

  #ofValue(continuation: string): number {
    const literal = continuation.slice(1);
    const end = literal.indexOf("'");
    const value = (end < 0 ? literal : literal.slice(0, end)).replace(/^%|%$/g, '');
    if (value === '') return end < 0 ? this.#best : 0;
    let best = 0;
    for (const { text, score } of this.#targets) {
      const isThere = (known: string, begun: string): boolean =>
        end < 0 ? known.startsWith(begun) : known === begun;
      // Databases compare with case.
      const fit = isThere(text, value)
        ? score
        : isThere(text.toLowerCase(), value.toLowerCase())
          ? score / 2
          : 0;
      best = Math.max(best, fit);
    }
    return best;
  }
}

/** What follows a comparison with a column: a literal of its type, a number that the question holds. */
class LiteralPreference extends Preference {
  constructor(
    wordFrom: number,
    private readonly isText: boolean,
    private readonly numbers: readonly string[],
  ) {
    super(wordFrom, [], new Set());
  }

  override of(continuation: string): number {
    const literal = continuation.trimStart();
    if (/^['"]/.test(literal)) return this.isText ? 0 : -weights.value;
    const number = /^[\d.]+/.exec(literal)?.[0];
    if (number === undefined) return 0;
    if (this.isText) return -weights.value;
    const isWhole = number.length < literal.length;
    const isAsked = this.numbers.some((one) => (isWhole ? one === number : one.startsWith(number)));
    return isAsked || this.numbers.length === 0 ? 0 : -weights.value / 2;
  }
}

const openers: ReadonlySet<string> = new Set(['distinct', 'case', 'cast', 'not', 'exists', 'select']);

/** What is preferred behind `text`, a statement up to where the next piece goes. */
export function preferenceAt(reading: Reading, question: Question): Preference {
  const { text, shape, schema } = reading;
  const functions = functionsOf(schema.dialect);
  const last = shape.tokens.length - 1;
  const token = shape.tokens[last];
  if (token?.kind === 'string' && !token.closed && token.to === text.length)
    return new Preference(token.from, valueTargets(reading, last, question), functions, true);
  const wordFrom = text.length - (/["`]?[\p{L}\p{N}_$]*$/u.exec(text)?.[0].length ?? 0);
  // A name in the place of the next one shows what may stand there.
  const probe = new Reading(`${text.slice(0, wordFrom)} zq `, wordFrom + 4, schema);
  const at = probe.length - 1;
  const frame = probe.shape.frames[at] ?? probe.shape.root;
  const role = probe.shape.roles.get(at);
  const compared = role === undefined ? comparedColumn(probe, at) : undefined;
  const isText = compared && isTextType(compared.type);
  if (isText !== undefined) return new LiteralPreference(wordFrom, isText, question.numbers);
  const targets =
    role === 'relation'
      ? tableTargets(reading, frame, wordFrom, question)
      : role === 'relation-alias'
        ? aliasTargets(probe, frame)
        : role === undefined
          ? columnTargets(probe, at, frame, question)
          : [];
  return new Preference(wordFrom, targets, functions);
}

function tableTargets(reading: Reading, frame: Frame, wordFrom: number, question: Question): Targets {
  const { schema, text } = reading;
  const present = frame.relations.map(({ name }) => name?.toLowerCase());
  // Read once, before the table: what it would bring is told from the names that wait there.
  const head = `${text.slice(0, wordFrom).trimEnd()} `;
  const before = reading.judged.pending.length > 0 ? new Reading(head, head.length, schema) : undefined;
  const wanted = before ? wantedNames(before.judged.pending) : [];
  // Values that no table of the query holds.
  const tables = frame.relations.map((relation) => relationTable(relation, reading.names));
  const held = question.places.filter(({ table }) => tables.includes(table)).map(({ value }) => value);
  const open = question.places.filter(({ value }) => !held.includes(value));
  return schema.tables.map((table) => {
    const name = table.name.toLowerCase();
    const holdsValue = open.some((place) => place.table === table);
    let score = Math.max(weights.table * question.mentions(table.name), holdsValue ? weights.place : 0);
    // What is there already is not what is missing.
    if (present.includes(name)) score -= weights.table;
    for (const one of wanted) {
      if (!before) break;
      const isBrought = one.frame.from === frame.from;
      const left = isBrought ? without(one, table) : one;
      const missing = missingTables(before, left, isBrought ? table : undefined);
      score -= weights.join * Math.min(missing, 3);
      for (const [alias, columns] of left.qualified)
        if (alias !== name && hasColumns(table, columns)) score += weights.join + aliasFit(alias, table.name);
    }
    return { text: table.name, score };
  });
}

/** How well an alias stands for a table: its initials, or its beginning. */
function aliasFit(alias: string, table: string): number {
  const letters = alias.replace(/\d+$/, '');
  const initials = partsOf(table)
    .map((part) => part.charAt(0))
    .join('');
  if (letters === initials) return 2;
  return table.toLowerCase().startsWith(letters) ? 1 : 0;
}

/** Aliases used before FROM that the relation just named can have. */
function aliasTargets(probe: Reading, frame: Frame): Targets {
  const relation = frame.relations.at(-1);
  const table = relation && relationTable(relation, probe.names);
  if (table === undefined) return [];
  const wanted = wantedNames(probe.judged.pending).find((one) => one.frame === frame);
  const fitting = [...(wanted?.qualified ?? [])].filter(([, columns]) => hasColumns(table, columns));
  if (fitting.length === 0) return [];
  return fitting.map(([text]) => ({ text, score: weights.alias + aliasFit(text, table.name) }));
}

const operandFollows =
  /^(?:select|distinct|all|,|\(|by|where|and|or|not|on|having|when|then|else|=|<|>|<=|>=|<>|!=|\+|-|\*|\/|\|\||between|in|like|case)$/;

type NamedColumn = Pick<Column, 'name' | 'type'>;

function columnTargets(probe: Reading, at: number, frame: Frame, question: Question): Targets {
  const offset = probe.shape.tokens[at]?.from ?? 0;
  const clause = clauseAt(frame, offset);
  const isQualified = probe.raw[at - 1] === '.';
  const operator = probe.raw[at - (isQualified ? 3 : 1)] ?? '';
  if (!operandFollows.test(operator)) return [];
  const relations = isQualified
    ? [resolveQualifier(probe.name(at - 2), frame)].filter((one) => one !== undefined)
    : visibleFrames(frame).flatMap((one) => one.relations);
  const listed = selectedColumns(probe, frame);
  const isCondition = clause === 'where' || clause === 'having' || clause === 'on';
  const tables = relations.map((relation) => relationTable(relation, probe.names));
  // Columns that hold what the question names and no literal says yet.
  const holding = isCondition
    ? question.places.filter(
        ({ table, value }) => tables.includes(table) && !probe.text.includes(`'${value}'`),
      )
    : [];
  const summed = isSummed(probe, at);
  const score = ({ name: column, type }: NamedColumn): number => {
    const name = column.toLowerCase();
    const isHolding = holding.some((place) => place.column.name === column);
    const mentioned = Math.max(weights.column * question.mentions(column), isHolding ? weights.place : 0);
    if (clause === 'group by') return mentioned + (listed.has(name) ? weights.group : 0);
    // Only numbers are summed.
    if (summed) return mentioned + (isTextType(type) === false ? weights.summed : 0);
    // A condition is seldom on what is shown.
    return clause === 'where' && listed.has(name) ? mentioned / 2 : mentioned;
  };
  const columns = columnsOf(probe, relations, isQualified);
  const scores = new Map<string, number>();
  for (const column of columns)
    scores.set(column.name, Math.max(scores.get(column.name) ?? 0, score(column)));
  const targets = [...scores].map(([text, best]) => ({ text, score: best }));
  if (isQualified) return targets;
  // A qualifier is as good as the best of its columns.
  const qualifiers = relations.flatMap((relation) => {
    const name = relation.alias ?? relation.name;
    const best = Math.max(0, ...columnsOf(probe, [relation], true).map(score));
    return name === undefined ? [] : [{ text: name, score: best }];
  });
  const aliases = clause === 'order by' ? frame.selectAliases : [];
  return [...targets, ...qualifiers, ...aliases.map((text) => ({ text, score: weights.column / 2 }))];
}

function columnsOf(
  { schema, names }: Reading,
  relations: readonly RelationInScope[],
  isQualified: boolean,
): readonly NamedColumn[] {
  if (relations.length === 0) return schema.tables.flatMap(({ columns }) => columns);
  const found = relations.flatMap((relation) => relationTable(relation, names)?.columns ?? []);
  return found.length > 0 || isQualified ? found : [];
}

/** Columns of the query's select list outside functions. */
function selectedColumns(probe: Reading, frame: Frame): ReadonlySet<string> {
  const select = frame.marks.find(({ clause }) => clause === 'select');
  const end = frame.marks.find(({ clause, from }) => clause !== 'select' && from > (select?.from ?? 0))?.from;
  const found = new Set<string>();
  if (select === undefined || end === undefined) return found;
  let depth = 0;
  for (const [i, token] of probe.shape.tokens.entries()) {
    if (token.from < select.to || token.to > end) continue;
    if (probe.raw[i] === '(') depth++;
    else if (probe.raw[i] === ')') depth--;
    else if (depth === 0 && probe.isName(i) && probe.raw[i + 1] !== '.' && !probe.shape.roles.has(i))
      found.add(probe.name(i));
  }
  return found;
}

/** Values of the column, and what the question quotes or writes with a capital where the database has it nowhere else. */
function valueTargets(reading: Reading, at: number, question: Question): Targets {
  const column = comparedColumn(reading, at);
  const said = question.text.toLowerCase();
  const known = (column?.values?.list ?? []).map((text) => ({
    text,
    score: text !== '' && said.includes(text.toLowerCase()) ? 2 * weights.value : weights.value,
  }));
  const here = question.places.filter((place) => place.column === column);
  const elsewhere = question.places.filter((place) => place.column !== column);
  const isElsewhere = (text: string): boolean =>
    column !== undefined && elsewhere.some(({ value }) => value.toLowerCase() === text.toLowerCase());
  const written = (texts: readonly string[], weight: number): Targets =>
    texts.filter((text) => !isElsewhere(text)).map((text) => ({ text, score: weight }));
  return [
    ...here.map(({ value }) => ({ text: value, score: 2 * weights.value })),
    ...known,
    ...written(question.quoted, 1.5 * weights.value),
    ...written(question.capitals, weights.value),
  ];
}
