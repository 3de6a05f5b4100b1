/** The columns that a question names. Pure. */
import type { Table } from '../../schema/model';
import { mentionOf, type QuestionWords } from './mentions';
import type { Named, NamedColumn } from './schemaIndex';
import type { NamedTables } from './tables';

interface Scored extends NamedColumn {
  /** How clearly it is said, wherever its table is. */
  readonly said: number;
  readonly isWhole: boolean;
}

/** Columns of the same likelihood share a word of the question: as many of them as this are shown. */
const mostOfOneWord = 2;
const sameScore = 0.06;

/** The likeliest first. A word of the question names one column, or a few that are as likely. */
export function columnsNamed(
  question: QuestionWords,
  candidates: readonly Named[],
  tables: NamedTables,
  withValues: ReadonlySet<Table>,
): readonly NamedColumn[] {
  const scored = candidates.flatMap((named) => score(question, named, tables, withValues) ?? []);
  const claims = new Map<number, { best: number; count: number }>();
  const chosen: NamedColumn[] = [];
  const seen = new Set<unknown>();
  for (const one of scored.sort((a, b) => b.score - a.score)) {
    if (seen.has(one.named.column) || isTheTableItself(one, tables)) continue;
    const isNew = one.at.some((word) => !claims.has(word) && (one.isWhole || !tables.clearWords.has(word)));
    const isTie = one.at.every((word) => {
      const claim = claims.get(word);
      return claim !== undefined && claim.best - one.score < sameScore && claim.count < mostOfOneWord;
    });
    if (!isNew && !isTie) continue;
    if (!one.isWhole && one.score < 0.6) continue;
    for (const word of one.at) {
      const claim = claims.get(word);
      claims.set(word, { best: claim?.best ?? one.score, count: (claim?.count ?? 0) + 1 });
    }
    seen.add(one.named.column);
    chosen.push(one);
  }
  return chosen;
}

function score(
  question: QuestionWords,
  named: Named,
  tables: NamedTables,
  withValues: ReadonlySet<Table>,
): Scored | undefined {
  const { table, words, weights, ownWords, column } = named;
  if (!column) return undefined;
  const ofTable = tables.of(table);
  const home = ofTable?.mention.at ?? [];
  let mention = mentionOf(question, words, weights, home);
  if (mention.at.length < 2 && mention.score < 0.9) {
    const joined = question.inOnePiece([named.written]);
    if (joined && joined.score > mention.score) mention = joined;
  }
  const { at, isWhole } = mention;
  if (at.length === 0 || mention.score < (home.length > 0 ? 0.38 : 0.45)) return undefined;
  const says = (word: number, least: number): boolean =>
    ownWords.some((own) => question.likenessAt(word, own) >= least);
  const isJoined = !words.some((word) => at.some((i) => question.likenessAt(i, word) > 0));
  if (!isJoined) {
    if (!at.some((word) => says(word, 0.01))) return undefined;
    if (at.every((word) => question.isStopWord(word) && !says(word, 0.75))) return undefined;
  }
  // "The number of students", "the average price": by themselves they name no column of numbers or averages.
  if (at.every((word) => question.isCounting(word))) return undefined;
  if (!isWhole && at.every((word) => /^(?:number|total|many|average)$/.test(question.lemmas[word] ?? '')))
    return undefined;
  let near = 0;
  if (ofTable?.isClear) {
    const distance = Math.min(8, ...at.flatMap((a) => home.map((b) => Math.abs(a - b))));
    // The table's own words name the table.
    near = at.every((word) => home.includes(word)) ? -0.25 : 0.3 + 0.15 * (1 - distance / 8);
  } else if (ofTable) near = 0.12;
  if (withValues.has(table)) near = Math.max(near, 0) + 0.12;
  if (named.isReference) near -= 0.12;
  return { named, at, said: mention.score, isWhole, score: mention.score + near };
}

/** The words already name another table: a column called so is a key of it, or means the same. */
function isTheTableItself({ named, at, said, isWhole }: Scored, tables: NamedTables): boolean {
  const { table, column, isReference } = named;
  if (!isWhole || said >= 1.1 || !column || tables.of(table)?.isClear) return false;
  if (column.primaryKey > 0 && !isReference) return false;
  const same = tables.clear.filter(({ mention }) => at.every((word) => mention.at.includes(word)));
  return same.length > 0 && (isReference || tables.clear.some(({ table: { name } }) => name === column.name));
}
