/**
 * Scores how well a statement answers a question, by words alone: it should use the names that the question mentions, few
 * other names, and literals from the question. For choosing among statements that the model found about equally likely. Pure.
 */
import type { Column, Schema } from '../schema/model';
import { askedShape } from './askedShape';
import type { Question } from './question';
import { Reading } from '../legality/reading';
import { columnAt, comparedColumn, isSummed, isTextType } from '../legality/comparedColumns';
import { stringValue } from '../sql/quoteLiteral';

/** Higher is better. Scores of statements for different questions cannot be compared. */
export function answerFit(sql: string, question: Question, schema: Schema): number {
  const reading = new Reading(sql, sql.length, schema);
  const { shape, text, raw } = reading;
  const used = new Set<string>();
  let score = 0;
  for (const [i, token] of shape.tokens.entries()) {
    if (token.kind === 'string')
      score += saysLiteral(
        stringValue(text.slice(token.from, token.to), true, schema.dialect),
        comparedColumn(reading, i),
        question,
      );
    else if (token.kind === 'number' && raw[i - 1] !== 'limit') score += saysNumber(raw[i] ?? '', question);
    else if (reading.isName(i)) {
      used.add(reading.name(i));
      if (isSummed(reading, i) && isTextType(columnAt(reading, i)?.type ?? '') === true) score -= 3;
    }
  }
  const names = new Set(
    schema.tables.flatMap(({ name, columns }) => [name, ...columns.map((column) => column.name)]),
  );
  const tables = new Set(schema.tables.map(({ name }) => name.toLowerCase()));
  for (const name of names) {
    const mentioned = question.mentions(name);
    const isUsed = used.has(name.toLowerCase());
    // A name that the question does not mention costs a little. A name that it says in full and that is not used costs more.
    if (isUsed)
      score += mentioned >= 1 ? 1 : tables.has(name.toLowerCase()) ? mentioned - 0.7 : mentioned - 0.4;
    else if (mentioned >= 1) score -= 0.5;
  }
  const said = text.toLowerCase();
  const wanted = new Set([...question.quoted, ...question.places.map(({ value }) => value)]);
  for (const value of wanted) if (!said.includes(value.toLowerCase())) score -= 1;
  return score + askedShape(reading, question.text);
}

function saysLiteral(value: string, column: Column | undefined, question: Question): number {
  const places = question.places.filter((place) => place.value.toLowerCase() === value.toLowerCase());
  if (column !== undefined && places.length > 0)
    return places.some((place) => place.column === column && place.value === value) ? 2 : -1.5;
  const bare = value.replace(/^%|%$/g, '');
  return bare !== '' && question.text.toLowerCase().includes(bare.toLowerCase()) ? 1 : -0.7;
}

function saysNumber(value: string, question: Question): number {
  if (question.numbers.includes(value)) return 1;
  return value === '0' || value === '1' || value === '100' ? -0.2 : -0.7;
}
