/**
 * Families of models as data (families.json): in which order a gap is filled, and how a question is put, as a comment
 * above the statement or as a turn of a chat, and what is said behind it. Which special tokens there are comes from the model's own vocabulary.
 * A model of no known family continues text and gets its questions as comments. Pure.
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
  readonly fillInTheMiddle?: FillInTheMiddle;
  /** What the prompt says behind a question. */
  readonly annotation: Annotation;
  /** Present when questions go through the model's chat template. */
  readonly chat?: ChatTurns;
}

/** Texts that end a chat's answer: the closing fence of the block that the prompt opens. */
export const chatStops: readonly string[] = ['```'];
const answerOpens = '```sql\n';

/** What the tables say about the model. */
export function familyOf(model: Pick<EngineModel, 'name' | 'fim' | 'chatTemplate'>): Family {
  const { fim, chatTemplate, name } = model;
  const style =
    chatTemplate !== undefined && new RegExp(data.instruct, 'i').test(name)
      ? (data.chat as readonly (ChatTurns & { name: string; when: string })[]).find(({ when }) =>
          chatTemplate.includes(when),
        )
      : undefined;
  // A base model's file often holds a chat template too, copied from its sibling: the name decides.
  return {
    name: style?.name ?? (fim ? 'base, fills in the middle' : 'base'),
    annotation: data.links.some((when) => new RegExp(when, 'i').test(name)) ? 'links' : 'values',
    ...(fim ? { fillInTheMiddle: fillInTheMiddle(fim) } : {}),
    ...(style
      ? { chat: { open: style.open, afterSystem: style.afterSystem, afterQuestion: style.afterQuestion } }
      : {}),
  };
}

function fillInTheMiddle(fim: NonNullable<EngineModel['fim']>): FillInTheMiddle {
  const known = data.fillInTheMiddle.find(({ when }) => new RegExp(when).test(fim.prefix));
  return {
    order: known?.order === 'suffix first' ? 'suffix first' : 'prefix first',
    prefix: { special: fim.prefix },
    suffix: { special: fim.suffix },
    middle: { special: fim.middle },
  };
}

/**
 * A gap as the family wants it; the first `stable` of the beginning segments are the schema.
 * @param typed what was typed since prefix and suffix were frozen: the end of the prompt, so that a key costs its own
 *   tokens
 */
export function fillingPrompt(
  { order, prefix, suffix, middle }: FillInTheMiddle,
  beginning: readonly Segment[],
  behind: string,
  typed: string,
  stable = 0,
): Prompt {
  const ending = typed === '' ? [] : [typed];
  return order === 'prefix first'
    ? { segments: [prefix, ...beginning, suffix, behind, middle, ...ending], stable: stable + 1 }
    : { segments: [suffix, behind, prefix, ...beginning, ...ending] };
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
