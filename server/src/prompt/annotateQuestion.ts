/**
 * The question above a statement, with what it means in the schema behind it:
 * `-- pets of Ann (pets; owners.name = 'Ann'; pets.owner_id = owners.id)`. Models that were not taught links get the
 * places of values alone. Only in the prompt; the document stays as it is. Pure text.
 */
import type { Schema, Table } from '../schema/model';
import { perSchema } from '../schema/perSchema';
import { valuePlaces } from '../schema/valuePlaces';
import type { Dialect } from '../sql/dialect';
import { tokenize, type Token } from '../sql/tokens';
import { linkQuestion, type Link } from './linking/link';
import { linksText } from './linking/render';

/** What a model was taught to read behind a question: all links, or those of values alone. */
export type Annotation = 'links' | 'values';

/** Annotations kept of one schema: those of the questions in a document, which are asked for at every key. */
const mostKept = 200;

const kept = perSchema(() => new Map<string, readonly Link[]>());

function linksOf(question: string, schema: Schema, annotation: Annotation): readonly Link[] {
  const known = kept(schema);
  const key = `${annotation} ${question}`;
  let found = known.get(key);
  if (!found) {
    const values = valuePlaces(question, schema);
    found =
      annotation === 'links'
        ? linkQuestion(question, schema, values)
        : values.map((place) => ({ kind: 'value', ...place }) as const);
    if (known.size >= mostKept) known.clear();
    known.set(key, found);
  }
  return found;
}

/** The text put behind a question, with a blank before it; empty when the question means nothing of the schema. */
export function annotationOf(question: string, schema: Schema, annotation: Annotation): string {
  return linksText(linksOf(question, schema, annotation), schema.dialect, schema.backslash);
}

/** What the words of a question mean in the schema: all of it, even if the model is told only a part. */
export function questionLinks(question: string, schema: Schema): readonly Link[] {
  return linksOf(question, schema, 'links');
}

/** The tables that a question means, and those between them. */
export function tablesMeant(question: string, schema: Schema): readonly Table[] {
  const links = questionLinks(question, schema);
  return [
    ...new Set(
      links.flatMap((link) => ('otherTable' in link ? [link.table, link.otherTable] : [link.table])),
    ),
  ];
}

/** What the comments above a statement ask. */
export interface QuestionAbove {
  /** Without the marks of the comments. */
  readonly question: string;
  /** Where the question ends in the statement's text: in front of what closes the comment. */
  readonly to: number;
  /** The comment is still being typed. */
  readonly isOpen: boolean;
}

/** The question above a statement; undefined where it does not begin with a comment. */
export function questionAbove(statement: string, dialect: Dialect): QuestionAbove | undefined {
  if (!/^\s*(?:--|\/\*|#)/.test(statement)) return undefined;
  const above: Token[] = [];
  for (const token of tokenize(statement, dialect)) {
    if (token.kind === 'comment') above.push(token);
    else if (token.kind !== 'whitespace') break;
  }
  const last = above.at(-1);
  if (!last) return undefined;
  const text = (token: Token): string => statement.slice(token.from, token.to);
  const question = above.map((token) => text(token).replace(/^(?:--|#|\/\*)|\*\/$/g, ' ')).join(' ');
  const to = text(last).endsWith('*/') ? last.to - 2 : last.to;
  return { question, to, isOpen: !last.closed || last.to === statement.length };
}

/**
 * A statement with the comments above it, as the prompt holds it. The same text gives the same text, so that a key
 * behind the comment changes nothing before the key. A comment that is still being typed stays as it is.
 */
export function annotateQuestion(statement: string, schema: Schema, annotation: Annotation): string {
  const above = questionAbove(statement, schema.dialect);
  if (!above || above.isOpen) return statement;
  const head = statement.slice(0, above.to).trimEnd();
  return head + annotationOf(above.question, schema, annotation) + statement.slice(head.length);
}
