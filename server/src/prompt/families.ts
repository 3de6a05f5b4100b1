/**
 * Knows how each family of models wants its prompts (families.json): which text stands around the schema, in which order a
 * gap is filled, and whether a question is a comment above the statement or a turn of a chat. The special tokens come from the
 * model's own vocabulary. A model of an unknown family continues text and gets questions as comments. Pure.
 */
import type { EngineModel, Prompt, Segment } from '../engine/engine';
import type { Annotation } from './annotateQuestion';
import data from './families.json';

export interface FillInTheMiddle {
  /** 'prefix first': prefix, suffix, middle. 'suffix first': suffix, then prefix, which is continued. */
  readonly order: 'prefix first' | 'suffix first';
  readonly prefix: Segment;
  readonly suffix: Segment;
  readonly middle: Segment;
  /**
   * The schema stands before the special tokens, as it does where text is continued, so that it is evaluated once for
   * both. Only where the model was trained on that order.
   */
  readonly schemaFirst: boolean;
}

/** What stands before and behind the schema wherever text is continued or filled in, e.g. the names of files. */
export interface SchemaFrame {
  readonly before: readonly Segment[];
  readonly behind: readonly Segment[];
}

/** What stands around the parts of a chat: system text, question, answer. */
export interface ChatTurns {
  readonly open: readonly Segment[];
  readonly afterSystem: readonly Segment[];
  readonly afterQuestion: readonly Segment[];
}

export interface Family {
  /** For logs and the status, e.g. "Llama 3". */
  readonly name: string;
  readonly frame: SchemaFrame;
  readonly fillInTheMiddle?: FillInTheMiddle;
  /** What the prompt says behind a question. */
  readonly annotation: Annotation;
  /** Present when questions go through the model's chat template. */
  readonly chat?: ChatTurns;
}

/** Texts that end a chat's answer: the closing fence of the block that the prompt opens. */
export const chatStops: readonly string[] = ['```'];
const answerOpens = '```sql\n';

interface Layout {
  readonly name: string;
  /** A regular expression that the model's name matches; every name where it is missing. */
  readonly model?: string;
  /** One that the text of its token before the prefix matches. */
  readonly when?: string;
  readonly order?: string;
  readonly schemaFirst?: boolean;
  readonly beforeSchema?: readonly Segment[];
  readonly behindSchema?: readonly Segment[];
}

/** What the tables say about the model. */
export function familyOf(model: Pick<EngineModel, 'name' | 'fim' | 'chatTemplate'>): Family {
  const { fim, chatTemplate, name } = model;
  const style =
    chatTemplate !== undefined && new RegExp(data.instruct, 'i').test(name)
      ? (data.chat as readonly (ChatTurns & { name: string; when: string })[]).find(({ when }) =>
          chatTemplate.includes(when),
        )
      : undefined;
  const layout = (data.layouts as readonly Layout[]).find(
    ({ model = '', when = '' }) =>
      new RegExp(model, 'i').test(name) && (when === '' || new RegExp(when).test(fim?.prefix ?? '')),
  );
  // A base model's file often holds a chat template too, copied from its sibling: the name decides.
  return {
    name: style?.name ?? layout?.name ?? (fim ? 'base, fills in the middle' : 'base'),
    frame: { before: layout?.beforeSchema ?? [], behind: layout?.behindSchema ?? [] },
    annotation: data.links.some((when) => new RegExp(when, 'i').test(name)) ? 'links' : 'values',
    ...(fim ? { fillInTheMiddle: fillInTheMiddle(fim, layout) } : {}),
    ...(style
      ? { chat: { open: style.open, afterSystem: style.afterSystem, afterQuestion: style.afterQuestion } }
      : {}),
  };
}

function fillInTheMiddle(fim: NonNullable<EngineModel['fim']>, layout: Layout | undefined): FillInTheMiddle {
  return {
    order: layout?.order === 'suffix first' ? 'suffix first' : 'prefix first',
    schemaFirst: layout?.schemaFirst ?? false,
    prefix: { special: fim.prefix },
    suffix: { special: fim.suffix },
    middle: { special: fim.middle },
  };
}

/**
 * The beginning of every prompt but a chat's: the schema, with the text that the family wants around it. All of it is stable.
 * @param schemaText head and tables as render.ts writes them, blank line included
 */
export function schemaHead(schemaText: string, frame?: SchemaFrame): Prompt {
  const schema = schemaText === '' ? [] : [...(frame?.before ?? []), schemaText];
  const segments = [...schema, ...(frame?.behind ?? [])];
  return { segments, stable: segments.length };
}

/**
 * A gap as the family wants it.
 * @param head what stands before the text: the schema
 * @param before the text before the gap
 * @param typed what was typed since prefix and suffix were frozen: the end of the prompt, so that a key costs its own
 *   tokens
 */
export function fillingPrompt(
  { order, prefix, suffix, middle, schemaFirst }: FillInTheMiddle,
  { segments: head, stable = 0 }: Prompt,
  before: readonly Segment[],
  behind: string,
  typed: string,
): Prompt {
  const ending = typed === '' ? [] : [typed];
  if (order === 'suffix first') return { segments: [suffix, behind, prefix, ...head, ...before, ...ending] };
  const gap = [suffix, behind, middle, ...ending];
  return schemaFirst
    ? { segments: [...head, prefix, ...before, ...gap], stable }
    : { segments: [prefix, ...head, ...before, ...gap], stable: stable + 1 };
}

/**
 * A question as a turn of a chat; the answer is opened as a block of SQL, so that it holds nothing else.
 * @param complete false while the question is still being typed
 */
export function chatPrompt(
  chat: ChatTurns,
  dialect: string,
  schemaText: string,
  question: string,
  complete: boolean,
): Prompt {
  const system = `You answer a question about a database with one ${dialect} statement and nothing else. The schema:\n\n`;
  const stable = [...chat.open, system, schemaText];
  return {
    segments: [
      ...stable,
      ...chat.afterSystem,
      question.trim(),
      ...(complete ? [...chat.afterQuestion, answerOpens] : []),
    ].filter((segment) => segment !== ''),
    stable: stable.filter((segment) => segment !== '').length,
  };
}
