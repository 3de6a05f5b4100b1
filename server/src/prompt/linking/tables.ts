/** The tables that a question names, clearly or in part. Pure. */
import type { Column, Table } from '../../schema/model';
import { mentionOf, type Mention, type QuestionWords } from './mentions';
import type { Named, NamedColumn } from './schemaIndex';

interface TableMention {
  readonly table: Table;
  readonly mention: Mention;
  /** All of its name is said, and no other table's name says more of the same words. */
  readonly isClear: boolean;
}

const clearScore = 0.8;
const leastScore = 0.4;

export class NamedTables {
  readonly #mentions: ReadonlyMap<Table, TableMention>;
  /** Words that name a table clearly. */
  readonly clearWords: ReadonlySet<number>;

  constructor(mentions: ReadonlyMap<Table, TableMention>) {
    this.#mentions = mentions;
    this.clearWords = new Set([...this.clear].flatMap(({ mention }) => mention.at));
  }

  get clear(): readonly TableMention[] {
    return [...this.#mentions.values()].filter(({ isClear }) => isClear);
  }

  of(table: Table): TableMention | undefined {
    return this.#mentions.get(table);
  }

  /**
   * Those that are worth showing: the clear ones, and of the others those that explain a word that nothing else does.
   * @param explained words that name columns
   */
  shown(explained: readonly number[]): readonly TableMention[] {
    const covered = new Set([...explained, ...this.clearWords]);
    const shown = [...this.clear];
    const others = [...this.#mentions.values()].filter(({ isClear }) => !isClear);
    for (const other of others.sort((a, b) => b.mention.score - a.mention.score)) {
      const { score, at } = other.mention;
      if (score < 0.75 && at.every((word) => covered.has(word))) continue;
      shown.push(other);
      for (const word of at) covered.add(word);
    }
    return shown;
  }
}

export function tablesNamed(question: QuestionWords, candidates: readonly Named[]): NamedTables {
  const mentions = new Map<Table, TableMention>();
  for (const named of candidates) {
    if (named.column) continue;
    const mention = tableMention(question, named);
    if (mention.at.every((at) => question.isStopWord(at))) continue;
    const isClear = mention.isWhole && mention.score >= clearScore;
    const before = mentions.get(named.table)?.mention.score ?? 0;
    if ((isClear || mention.score >= leastScore) && mention.score > before)
      mentions.set(named.table, { table: named.table, mention, isClear });
  }
  // Of tables that are said with the same words the one that says most of them is meant.
  const clear = [...mentions.values()].filter(({ isClear }) => isClear);
  for (const one of clear) {
    const says = new Set(one.mention.at);
    const isPart = clear
      .filter(({ mention: { at } }) => isTogether(at))
      .some(
        ({ mention: { at } }) => at.length > says.size && at.filter((i) => says.has(i)).length === says.size,
      );
    if (isPart) mentions.set(one.table, { ...one, isClear: false });
  }
  return new NamedTables(mentions);
}

/** The words stand in a row, with at most one other between them. */
const isTogether = (at: readonly number[]): boolean => (at.at(-1) ?? 0) - (at[0] ?? 0) <= at.length;

function tableMention(question: QuestionWords, named: Named): Mention {
  const mention = mentionOf(question, named.words, named.weights);
  const joined = question.inOnePiece([named.written, named.words.join('')]);
  return joined && joined.score > mention.score ? joined : mention;
}

/** "Which singers", "who": the column that names a row is asked for, where no other is. */
export function namingColumn(
  table: Table,
  mention: Mention,
  question: QuestionWords,
  columns: readonly NamedColumn[],
): Column | undefined {
  const [start = 0] = mention.at;
  const end = mention.at.at(-1) ?? start;
  const before = question.raw.slice(0, start);
  const isWhich = before.slice(-2).some((word) => /^(?:which|who|whose)$/.test(word));
  const isAsked =
    before.length > 0 && !before.includes('many') && before.every((_, at) => question.isStopWord(at));
  const asksColumn = columns.some(({ named, at }) => named.table === table && (at[0] ?? 0) <= end + 4);
  return isWhich || (isAsked && !asksColumn) ? labelOf(table) : undefined;
}

/** The column that names a row, if there is one. */
function labelOf(table: Table): Column | undefined {
  const forms = [/^(?:full_?)?name$/i, /^title$/i, /(?:^|_)(?:name|title)$/i, /(?:name|title)$/i];
  return forms
    .map((form) => table.columns.find(({ name }) => form.test(name)))
    .find((column) => column !== undefined);
}
