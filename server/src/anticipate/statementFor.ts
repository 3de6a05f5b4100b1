/**
 * Finds one statement for a question. The model writes several that begin differently; the database is asked about each, the
 * best first, until it accepts one. When it accepts none, the best is repaired once. Serves the question box and comments
 * alike; knows no document.
 */
import type {
  Choose,
  CompleteOptions,
  Completion,
  Engine,
  Prompt,
  RequestStatistics,
} from '../engine/engine';
import { cancelled } from '../errors';
import { askedStatement } from '../suggest/askedStatement';
import type { Schema } from '../schema/model';
import type { Validate } from '../schema/validate';
import { answerFit } from '../suggest/answerFit';
import { legalChoice } from '../suggest/choose';
import { Question } from '../suggest/question';
import { refusal, repair } from './repair';

export interface WantedStatement {
  readonly engine: Engine;
  /** The engine's sessions: for the statements, and for a refused one that is tried again. */
  readonly name: string;
  readonly repairName: string;
  /** Ends where the statement begins. */
  readonly prompt: Prompt;
  /** The SQL that the statement follows, the question as a comment at its end. */
  readonly before: string;
  readonly schema: Schema;
  readonly options: CompleteOptions;
  readonly validate: Validate;
  /** Called after each request that reached the engine. */
  readonly report?: (statistics: RequestStatistics) => void;
  readonly signal: AbortSignal;
}

export interface FoundStatement {
  /** Ends in a semicolon. */
  readonly sql: string;
  /** Mean probability of its tokens, 0 to 1. */
  readonly confidence: number;
}

/** Most questions want a statement that begins so: the alternatives differ behind it. */
const reading = 'SELECT';
const alternatives = 8;
const charactersPerToken = 3;
/** How much a name from the question counts, in natural logarithms of probability. */
const fitWeight = 2;

/**
 * The statement, or undefined when the model has none that the database accepts. Without a database to ask, the best
 * statement is taken. @throws SqlAheadError, ERR_CANCELLED when the signal is set
 */
export async function statementFor(wanted: WantedStatement): Promise<FoundStatement | undefined> {
  let refused: { readonly sql: string; readonly message: string } | undefined;
  for (const found of await candidates(wanted)) {
    const verdict = await verdictOn(found.sql, wanted);
    if (verdict?.ok !== false) return found;
    refused ??= { sql: found.sql, message: verdict.message };
  }
  if (!refused) return undefined;
  const told = `${refused.sql}${refusal(refused.message)}`;
  const { engine, repairName, prompt, before, schema, options, signal } = wanted;
  const found = await repair({
    engine,
    request: {
      session: repairName,
      prompt: behind(prompt, told),
      options,
      choose: choiceBehind(before + told, schema),
      signal,
    },
    read: (completion) => {
      const statement = sound(completion, '', schema);
      return statement && { sql: statement.sql, found: statement };
    },
    validate: wanted.validate,
    report: wanted.report,
  });
  throwIfSet(signal);
  return found;
}

/** The sound statements among several that begin differently, best first; a single one where the model does not begin with SELECT. */
async function candidates(wanted: WantedStatement): Promise<readonly FoundStatement[]> {
  const { engine, name, prompt, before, schema, options, signal } = wanted;
  const opening = await complete(wanted, { maxTokens: 1 });
  if (!reading.startsWith(opening.text.trim().toUpperCase())) {
    const found = sound(await complete(wanted), '', schema);
    return found ? [found] : [];
  }
  const choose = choiceBehind(before + reading, schema);
  const completions = await engine.branch({
    session: name,
    prompt: behind(prompt, reading),
    count: alternatives,
    options,
    choose,
    signal,
  });
  throwIfSet(signal);
  const [first] = completions;
  if (first) wanted.report?.(first.statistics);
  const question = new Question(before, schema);
  return completions
    .flatMap((completion) => {
      const found = sound(completion, reading, schema);
      if (!found) return [];
      // A long statement can consist of likely pieces and still be unlikely: compare the likelihood of the whole text.
      const likelihood = (completion.meanLogProbability * completion.text.length) / charactersPerToken;
      return [{ ...found, score: likelihood + fitWeight * answerFit(found.sql, question, schema) }];
    })
    .sort((a, b) => b.score - a.score);
}

function sound(completion: Completion, begin: string, schema: Schema): FoundStatement | undefined {
  const sql = askedStatement({ ...completion, text: begin + completion.text }, schema);
  return sql === undefined ? undefined : { sql, confidence: Math.exp(completion.meanLogProbability) };
}

async function complete(wanted: WantedStatement, limits: Partial<CompleteOptions> = {}): Promise<Completion> {
  const { engine, name, prompt, before, schema, signal } = wanted;
  const options = { ...wanted.options, ...limits };
  const choose = choiceBehind(before, schema);
  const completion = await engine.complete({ session: name, prompt, options, choose, signal });
  throwIfSet(signal);
  wanted.report?.(completion.statistics);
  return completion;
}

async function verdictOn(sql: string, { validate, signal }: WantedStatement): ReturnType<Validate> {
  const verdict = await validate(sql, signal);
  throwIfSet(signal);
  return verdict;
}

const choiceBehind = (before: string, schema: Schema): Choose =>
  legalChoice({ before, after: '', schema, dialect: schema.dialect, toTheEnd: true });

const behind = (prompt: Prompt, text: string): Prompt => ({
  ...prompt,
  segments: [...prompt.segments, text],
});

function throwIfSet(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}
