/**
 * A scripted engine that generates piece by piece through `choose`, as the real one does, but only as far as the test
 * allows. So a test can type while something is being decoded.
 */
import type {
  BranchRequest,
  Choose,
  CompleteOptions,
  CompleteRequest,
  Completion,
  Prompt,
} from '../../../server/src/engine/engine';
import { promptText } from '../../../server/src/engine/engine';
import { applyStops } from '../../../server/src/engine/stops';
import { noWork } from '../../../server/src/engine/totals';
import { ScriptedEngine } from '../support/scriptedEngine';
import { cancelled } from '../../../server/src/errors';

export class StreamingEngine extends ScriptedEngine {
  /** What follows a prompt, best first: a text that is cut into pieces of `pieceLength` characters. */
  texts: (prompt: string) => readonly string[] = () => [];
  pieceLength = 3;
  /** Natural log probability of every piece. */
  logProbability = Math.log(0.999);
  /** And where it differs from piece to piece: of the piece that follows a generated text. */
  logProbabilityBehind: (generated: string) => number = () => this.logProbability;
  /** Awaited before every piece; free by default. */
  tick: () => Promise<void> = () => Promise.resolve();
  /** Pieces generated. */
  decoded = 0;
  readonly sessions: string[] = [];
  readonly prompts: Prompt[] = [];
  readonly options: CompleteOptions[] = [];
  /** Prompts whose alternatives were wanted. */
  readonly branched: string[] = [];

  override async complete({
    session,
    prompt,
    options,
    choose,
    signal,
  }: CompleteRequest): Promise<Completion> {
    this.completed.push(promptText(prompt));
    this.sessions.push(session);
    this.prompts.push(prompt);
    this.options.push(options);
    const [text = ''] = this.texts(promptText(prompt));
    return this.#generate(text, options, choose, signal);
  }

  override async branch({
    prompt,
    count,
    options,
    choose,
    signal,
  }: BranchRequest): Promise<readonly Completion[]> {
    this.branched.push(promptText(prompt));
    const texts = this.texts(promptText(prompt)).slice(0, count);
    return Promise.all(texts.map((text) => this.#generate(text, options, choose, signal)));
  }

  async #generate(
    whole: string,
    options: CompleteOptions,
    choose: Choose | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Completion> {
    let text = '';
    const finish = (end: Completion['end']): Completion => ({
      text,
      end,
      meanLogProbability: this.logProbability,
      statistics: noWork,
    });
    for (let pieces = 0; pieces < options.maxTokens; pieces++) {
      await this.tick();
      if (signal?.aborted) throw cancelled();
      const piece = whole.slice(text.length, text.length + this.pieceLength);
      if (choose && choose(text, [piece], [this.logProbabilityBehind(text)]) !== 0)
        return finish('no-choice');
      if (piece === '') return finish('end-of-text');
      this.decoded++;
      text += piece;
      const stopped = applyStops(text, options);
      if (stopped !== undefined) {
        text = stopped;
        return finish('stop');
      }
    }
    return finish('limit');
  }
}

/** The rest of `whole` behind what a prompt ends with, wherever on its way the prompt is. */
export function restOf(whole: string): (prompt: string) => readonly string[] {
  return (prompt) => {
    for (let length = Math.min(whole.length, prompt.length); length >= 0; length--) {
      if (length === 0 || prompt.endsWith(whole.slice(0, length)))
        return length === 0 ? [] : [whole.slice(length)];
    }
    return [];
  };
}
