/**
 * Replays one trace in one system. The next key is typed when its time has come and the last request is answered. So no
 * system loses requests or falls behind, and one that does nothing between keys gains nothing from the time.
 */
import type { Typist } from './typist';
import type { Step, Trace } from './traces';
import type { Change, Place, Suggestion, System } from './system';

export interface Sample {
  readonly firstMs: number;
  readonly wholeMs: number;
  readonly shown: boolean;
  readonly zeroWait: boolean;
  readonly decoding?: Suggestion['decoding'];
  /** Tokens of prompts evaluated for this key. */
  readonly tokens: number;
}

export interface Replay {
  readonly samples: readonly Sample[];
  readonly keystrokes: number;
}

/** Time between keys for a system that does nothing in it, ms. */
const idleMs = 5;

interface Open {
  text: string;
  cursor: number;
}

export async function replay(trace: Trace, system: System, typist: Typist): Promise<Replay> {
  const files = new Map<string, Open>(
    Object.entries(trace.files).map(([file, text]) => [file, { text, cursor: text.length }]),
  );
  let front = Object.keys(trace.files)[0] ?? '';
  const samples: Sample[] = [];
  let keystrokes = 0;
  let undo: { readonly from: number; readonly length: number } | undefined;

  const open = (): Open => {
    const file = files.get(front);
    if (!file) throw new Error(`${trace.name} has no file ${front}`);
    return file;
  };
  const apply = ({ from, to, text }: Change): Place => {
    const file = open();
    file.text = file.text.slice(0, from) + text + file.text.slice(to);
    file.cursor = from + text.length;
    return { file: front, ...file };
  };
  const wait = async (): Promise<void> => {
    const file = open();
    const pause = typist.pause(keystrokes, file.text[file.cursor - 1] ?? '');
    await sleep(system.anticipates ? pause : Math.min(pause, idleMs));
  };
  /** A key that a suggestion is asked for on. */
  const ask = async (change: Change | undefined): Promise<Suggestion | undefined> => {
    const place = change ? apply(change) : { file: front, ...open() };
    keystrokes++;
    if (keystrokes % system.everyKey !== 0) {
      if (change) await system.change(place, change);
      return undefined;
    }
    const suggestion = await system.key(place, change);
    samples.push({
      firstMs: suggestion.firstMs,
      wholeMs: suggestion.wholeMs,
      shown: suggestion.text !== '',
      zeroWait: suggestion.zeroWait,
      ...(suggestion.decoding ? { decoding: suggestion.decoding } : {}),
      tokens: await system.evaluatedTokens(),
    });
    return suggestion;
  };
  const remove = async (from: number, to: number): Promise<void> => {
    const change = { from, to, text: '' };
    await system.change(apply(change), change);
    keystrokes++;
  };

  const type = async (text: string): Promise<void> => {
    for (let i = 0; i < text.length;) {
      const key = text[i] ?? '';
      const wrong = typist.typo(keystrokes, key);
      await wait();
      if (wrong !== undefined) {
        await ask(insertion(open().cursor, wrong));
        await wait();
        await remove(open().cursor - 1, open().cursor);
        await wait();
      }
      const suggestion = await ask(insertion(open().cursor, key));
      i++;
      if (suggestion && typist.takes(keystrokes, suggestion.text, text.slice(i))) {
        await wait();
        await ask(insertion(open().cursor, suggestion.text));
        i += suggestion.text.length;
      }
    }
  };
  const does: { [K in Step['kind']]: (step: Extract<Step, { kind: K }>) => Promise<unknown> } = {
    type: ({ text }) => type(text),
    jump: async ({ behind }) => {
      const file = open();
      const found = file.text.indexOf(behind);
      if (found < 0) throw new Error(`${trace.name}: there is no ${JSON.stringify(behind)}`);
      file.cursor = found + behind.length;
      await wait();
      await ask(undefined);
    },
    paste: async ({ text }) => {
      await wait();
      undo = { from: open().cursor, length: text.length };
      await ask(insertion(open().cursor, text));
    },
    undo: async () => {
      if (!undo) throw new Error(`${trace.name}: nothing to undo`);
      await wait();
      await remove(undo.from, undo.from + undo.length);
    },
    switch: async ({ file }) => {
      front = file;
      await wait();
      await ask(undefined);
    },
  };
  for (const step of trace.steps) await (does[step.kind] as (step: Step) => Promise<unknown>)(step);
  return { samples, keystrokes };
}

const insertion = (at: number, text: string): Change => ({ from: at, to: at, text });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
