/**
 * Finds statements for a question. The model writes several that begin differently; the database is asked about each, the
 * most probable first. When it accepts none, the best is repaired once. Serves the question box and comments alike; knows no
 * document.
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
import { questionLinks } from '../prompt/annotateQuestion';
import { familyOf } from '../prompt/families';
import type { Link } from '../prompt/linking/link';
import { askedStatement } from '../suggest/askedStatement';
import type { Schema } from '../schema/model';
import type { Validate } from '../schema/validate';
import { answerScores } from '../suggest/answerScore';
import { legalChoice } from '../suggest/choose';
import { groupedByKey } from '../suggest/groupByKey';
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
  /** How probable it is that it answers the question, 0 to 1; see suggest/answerScore.ts. */
  readonly probability: number;
}

/** Most questions want a statement that begins so: the alternatives differ behind it. */
const reading = 'SELECT';
const alternatives = 8;
/** These words alone name nothing in the schema: "who" would mean every name. */
const questionWords = /\b(?:who|whose|when|where|what|which|how)\b/gi;
const charactersPerToken = 3;

/** The most probable statement; see statementsFor(). */
export async function statementFor(wanted: WantedStatement): Promise<FoundStatement | undefined> {
  const [first] = await statementsFor(wanted, 1);
  return first;
}

/**
 * Statements that the database accepts, the most probable first; none when the model has none. Without a database to ask,
 * the sound ones. Nothing is written for a question that says nothing of the schema, when the model was taught to answer
 * from links alone. @throws SqlAheadError, ERR_CANCELLED when the signal is set
 */
export async function statementsFor(
  wanted: WantedStatement,
  most: number,
): Promise<readonly FoundStatement[]> {
  const question = new Question(wanted.before, wanted.schema).text;
  const isAboutSchema = questionLinks(question.replace(questionWords, ' '), wanted.schema).length > 0;
  const links = isAboutSchema ? questionLinks(question, wanted.schema) : [];
  if (!isAboutSchema && isTaughtLinks(wanted.engine)) return [];
  const accepted: FoundStatement[] = [];
  let refused: { readonly sql: string; readonly message: string } | undefined;
  for (const found of await candidates(wanted, question, links)) {
    const verdict = await verdictOn(found.sql, wanted);
    if (verdict?.ok !== false) accepted.push(found);
    else refused ??= { sql: found.sql, message: verdict.message };
    if (accepted.length >= most) break;
  }
  if (accepted.length > 0 || !refused) return accepted;
  const repaired = await repairOf(refused, wanted);
  return repaired ? scored([repaired], question, links, wanted.schema) : [];
}

async function repairOf(
  refused: { readonly sql: string; readonly message: string },
  wanted: WantedStatement,
): Promise<Written | undefined> {
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
async function candidates(
  wanted: WantedStatement,
  question: string,
  links: readonly Link[],
): Promise<readonly FoundStatement[]> {
  const { schema } = wanted;
  const opening = await complete(wanted, { maxTokens: 1 });
  if (!reading.startsWith(opening.text.trim().toUpperCase())) {
    const found = sound(await complete(wanted), '', schema);
    return found ? scored([found], question, links, schema) : [];
  }
  const { engine, name, prompt, before, options, signal } = wanted;
  const completions = await engine.branch({
    session: name,
    prompt: behind(prompt, reading),
    count: alternatives,
    options,
    choose: choiceBehind(before + reading, schema),
    signal,
  });
  throwIfSet(signal);
  const [first] = completions;
  if (first) wanted.report?.(first.statistics);
  const written = completions.flatMap((completion) => sound(completion, reading, schema) ?? []);
  return scored(written, question, links, schema).toSorted((a, b) => b.probability - a.probability);
}

/** A sound statement as the model wrote it. */
interface Written {
  readonly sql: string;
  readonly confidence: number;
  readonly logLikelihood: number;
}

function scored(
  written: readonly Written[],
  question: string,
  links: readonly Link[],
  schema: Schema,
): readonly FoundStatement[] {
  const scores = answerScores(written, question, links, schema);
  return written.map(({ sql, confidence }, i) => ({
    // Scored as the model wrote it: the question does not name the key that is added here.
    ...{ sql: groupedByKey(sql, schema), confidence },
    // A question that names nothing of the schema cannot be answered from it.
    probability: links.length === 0 ? 0 : (scores[i] ?? 0),
  }));
}

function sound(completion: Completion, begin: string, schema: Schema): Written | undefined {
  const { text, meanLogProbability } = completion;
  const sql = askedStatement({ ...completion, text: begin + text }, schema);
  if (sql === undefined) return undefined;
  // A long statement can consist of likely pieces and still be unlikely: the likelihood of the whole text counts, too.
  const logLikelihood = (meanLogProbability * text.length) / charactersPerToken;
  return { sql, confidence: Math.exp(meanLogProbability), logLikelihood };
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

/** Without the links behind the question, the model would have to guess what it means in the schema. */
function isTaughtLinks({ status }: Engine): boolean {
  return status.state === 'ready' && familyOf(status.model).annotation === 'links';
}

const behind = (prompt: Prompt, text: string): Prompt => ({
  ...prompt,
  segments: [...prompt.segments, text],
});

function throwIfSet(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}
