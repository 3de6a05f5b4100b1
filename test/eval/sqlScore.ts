/**
 * Execution accuracy: how often the statement for a question returns the rows of the right one. judge.ts runs the
 * statements.
 */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Question } from './data';
import type { JudgeRequest, Verdict } from './judge';
import { share } from './typingScore';

export interface SqlResult extends Verdict {
  /** It is shown as the answer; false: only to who wants it anyway. */
  readonly isSure: boolean;
  readonly id: string;
  readonly source: string;
  readonly difficulty: string;
  readonly sql: string | undefined;
  readonly ms: number;
}

/** Milliseconds one question's statements may run. */
const limitMs = 15_000;
const wrong: Verdict = { executable: false, ex: false, exSuite: false };

export class Judge {
  #process: ChildProcess | undefined;

  /** @param script judge.ts as a bundle */
  constructor(private readonly script: string) {}

  async score(
    question: Question,
    folder: string,
    sql: string | undefined,
    ms: number,
  ): Promise<Omit<SqlResult, 'isSure'>> {
    const verdict =
      sql === undefined
        ? wrong
        : await this.#ask({
            sql,
            right: [question.sql, ...question.alt_sql],
            orderMatters: question.order_matters,
            database: path.join(folder, path.basename(question.db_path)),
            variants: question.variant_paths.map((file) => path.join(folder, path.basename(file))),
          });
    return { id: question.id, source: question.source, difficulty: question.difficulty, sql, ms, ...verdict };
  }

  close(): void {
    this.#process?.kill();
    this.#process = undefined;
  }

  #ask(request: JudgeRequest): Promise<Verdict> {
    const judge = (this.#process ??= fork(this.script, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
    return new Promise((resolve) => {
      const finish = (verdict: Verdict): void => {
        clearTimeout(timer);
        judge.removeAllListeners();
        resolve(verdict);
      };
      const giveUp = (): void => {
        judge.kill('SIGKILL');
        this.#process = undefined;
        finish(wrong);
      };
      const timer = setTimeout(giveUp, limitMs);
      judge.once('message', (verdict: Verdict) => finish(verdict));
      judge.once('exit', giveUp);
      judge.send(request);
    });
  }
}

export function summarizeSql(results: readonly SqlResult[]) {
  const figures = (of: readonly SqlResult[]) => ({
    n: of.length,
    ex: share(of.filter(({ ex }) => ex).length, of.length),
    ex_suite: share(of.filter(({ exSuite }) => exSuite).length, of.length),
    executable: share(of.filter(({ executable }) => executable).length, of.length),
    answered: share(of.filter(({ sql }) => sql !== undefined).length, of.length),
    shown: share(of.filter(({ isSure }) => isSure).length, of.length),
    right_of_shown: share(
      of.filter(({ isSure, ex }) => isSure && ex).length,
      of.filter(({ isSure }) => isSure).length,
    ),
  });
  const grouped = (key: (result: SqlResult) => string) =>
    Object.fromEntries([...Map.groupBy(results, key)].toSorted().map(([name, of]) => [name, figures(of)]));
  return {
    ...figures(results),
    by_source: grouped(({ source }) => source),
    by_difficulty: grouped(({ difficulty }) => difficulty),
  };
}
