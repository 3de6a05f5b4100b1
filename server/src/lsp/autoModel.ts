/**
 * The models that the settings name, with "auto" put into effect (learning/chooseModel.ts). Keeps, in the server's
 * storage, what was measured of each model on this machine and what was chosen last; that can be shown and forgotten. The
 * choice is made when an engine starts, so that nothing changes under the person's hands.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { EngineStatus } from '../engine/engine';
import type { RequestRecord } from '../engine/records';
import { chooseModel, memoryNeeded, type ModelOnDisk, type Rates, type Use } from '../learning/chooseModel';
import type { Learnt } from '../learning/counts';
import type { Settings } from '../settings';

export const auto = 'auto';
const uses: Readonly<Record<Use, 'model' | 'questionModel'>> = {
  'ghost text': 'model',
  questions: 'questionModel',
};

/** Requests that are too short say more about what is around them than about the model. */
const leastPrefill = 32;
const leastDecoded = 4;
/** How much a new measurement counts beside the earlier ones. */
const newShare = 0.3;
const starterBytes = 10e6;
/** Share of the memory that models may take: the person has other programs. */
const memoryShare = 0.6;
const largestFile = 256 * 1024;

interface Kept {
  /** By path; '' is the starter model. */
  readonly models: Readonly<Record<string, Rates & { readonly name: string }>>;
  readonly chosen: Readonly<Partial<Record<Use, string>>>;
}

export interface AutoModelHost {
  /** Folder that all windows share. */
  readonly storagePath: string;
  readonly settings: Pick<Settings, 'model' | 'questionModel'>;
  readonly learnt: Learnt;
  /** Bytes of this machine's memory. */
  readonly memory?: number;
  log(sentence: string): void;
}

export class AutoModel {
  readonly #host: () => AutoModelHost;
  readonly #reasons = new Map<Use, string>();
  #measured: Record<string, Rates & { readonly name: string }> = {};

  constructor(host: () => AutoModelHost) {
    this.#host = host;
  }

  /** Whether the settings leave a choice. */
  get isWanted(): boolean {
    const { settings } = this.#host();
    return settings.model === auto || settings.questionModel === auto;
  }

  /** The models for both uses, as paths; '' for the starter model, for questions for the same as for ghost text. */
  choose(): { readonly model: string; readonly questionModel: string } {
    const { settings } = this.#host();
    this.#reasons.clear();
    const model = settings.model === auto ? this.#choose('ghost text', 0) : settings.model;
    const taken = model === '' ? 0 : memoryNeeded(sizeOf(model) ?? 0);
    const found = settings.questionModel === auto ? this.#choose('questions', taken) : settings.questionModel;
    return { model, questionModel: found === model ? '' : found };
  }

  /** A request to this model came to an end. */
  measured(model: string, status: EngineStatus, { statistics }: Pick<RequestRecord, 'statistics'>): void {
    // With a notice it runs otherwise than it was asked to, or another one runs.
    if (!statistics || status.state !== 'ready' || status.notice !== undefined) return;
    const { evaluated, prefillMs, decoded, decodeMs } = statistics;
    const known = this.#measured[model];
    const prefill =
      evaluated >= leastPrefill && prefillMs > 0
        ? rate(evaluated, prefillMs, known?.prefill)
        : known?.prefill;
    const decode =
      decoded >= leastDecoded && decodeMs > 0 ? rate(decoded, decodeMs, known?.decode) : known?.decode;
    this.#measured[model] = { name: status.model.name, prefill: prefill ?? 0, decode: decode ?? 0 };
  }

  /** Adds what was measured to what other windows kept. Never throws: next time it is measured again. */
  save(): void {
    const whole = Object.entries(this.#measured).filter(
      ([, { prefill, decode }]) => prefill > 0 && decode > 0,
    );
    if (whole.length > 0)
      this.#change((kept) => ({ ...kept, models: { ...kept.models, ...Object.fromEntries(whole) } }));
  }

  /** What a person can read of it; empty where nothing is known. */
  text(): string {
    this.save();
    const rows = Object.entries(this.#read().models).map(
      ([file, { name, prefill, decode }]) =>
        `${file === '' ? name : path.basename(file)}: reads ${Math.round(prefill).toString()} and writes ${decode.toFixed(1)} tokens a second`,
    );
    const sentences = [...this.#reasons.values()];
    return [
      ...(rows.length === 0 ? [] : ['\nMeasured on this machine:\n', ...rows]),
      ...(sentences.length === 0 ? [] : ['\nChosen by "auto":\n', ...sentences]),
      ...(rows.length + sentences.length === 0 ? [] : ['']),
    ].join('\n');
  }

  /** Rejects where the file cannot be removed. */
  async forget(): Promise<void> {
    this.#measured = {};
    this.#reasons.clear();
    await fs.promises.rm(this.#file, { force: true });
  }

  #choose(use: Use, taken: number): string {
    const host = this.#host();
    const { learnt, memory = machineMemory() } = host;
    const { chosen } = this.#read();
    const { path: found, reason } = chooseModel({
      ...{ use, learnt, models: this.#models(), current: chosen[use] },
      memory: memory * memoryShare - taken,
    });
    host.log(reason);
    this.#reasons.set(use, reason);
    if (found !== chosen[use])
      this.#change((kept) => ({ ...kept, chosen: { ...kept.chosen, [use]: found } }));
    return found;
  }

  /** The starter, what was downloaded, and what the person had used before from elsewhere. */
  #models(): ModelOnDisk[] {
    const folder = path.join(this.#host().storagePath, 'models');
    const names = list(folder).filter((name) => name.endsWith('.gguf'));
    const { models } = this.#read();
    const files = new Set([...names.map((name) => path.join(folder, name)), ...Object.keys(models)]);
    files.delete('');
    const known = (file: string): Pick<ModelOnDisk, 'measured'> => {
      const measured = models[file];
      return measured ? { measured } : {};
    };
    const starter = {
      path: '',
      label: 'The starter model',
      bytes: starterBytes,
      isInstruct: false,
      ...known(''),
    };
    const others = [...files].flatMap((file) => {
      const bytes = sizeOf(file);
      if (bytes === undefined) return [];
      const label = path.basename(file, '.gguf');
      return [{ path: file, label, bytes, isInstruct: /instruct|chat|\bit\b/i.test(label), ...known(file) }];
    });
    return [starter, ...others];
  }

  get #file(): string {
    return path.join(this.#host().storagePath, 'rates.json');
  }

  #read(): Kept {
    try {
      if ((sizeOf(this.#file) ?? largestFile) >= largestFile) return { models: {}, chosen: {} };
      return keptFrom(JSON.parse(fs.readFileSync(this.#file, 'utf8')));
    } catch {
      return { models: {}, chosen: {} };
    }
  }

  #change(by: (kept: Kept) => Kept): void {
    const temporary = `${this.#file}.${process.pid.toString()}.tmp`;
    try {
      fs.mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
      fs.writeFileSync(temporary, JSON.stringify({ format: 1, ...by(this.#read()) }), { mode: 0o600 });
      fs.renameSync(temporary, this.#file);
    } catch {
      remove(temporary);
    }
  }
}

function rate(tokens: number, milliseconds: number, known: number | undefined): number {
  const now = (1000 * tokens) / milliseconds;
  return known === undefined || known === 0 ? now : (1 - newShare) * known + newShare * now;
}

function keptFrom(value: unknown): Kept {
  const { models, chosen } = value as { readonly [K in keyof Kept]?: unknown };
  const entries = (given: unknown): [string, unknown][] =>
    typeof given === 'object' && given !== null ? Object.entries(given) : [];
  const isRate = (given: unknown): given is number =>
    typeof given === 'number' && Number.isFinite(given) && given > 0;
  return {
    models: Object.fromEntries(
      entries(models).flatMap(([file, given]) => {
        const { name, prefill, decode } = Object.fromEntries(entries(given));
        return typeof name === 'string' && isRate(prefill) && isRate(decode)
          ? [[file, { name, prefill, decode }]]
          : [];
      }),
    ),
    chosen: Object.fromEntries(
      entries(chosen).filter(([use, file]) => Object.hasOwn(uses, use) && typeof file === 'string'),
    ),
  };
}

/** What cannot be removed was not made: its folder is none. */
function remove(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // Nothing is left behind.
  }
}

/** A container has less than its machine. */
function machineMemory(): number {
  const constrained = process.constrainedMemory();
  const total = os.totalmem();
  return constrained > 0 && constrained < total ? constrained : total;
}

function sizeOf(file: string): number | undefined {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.size : undefined;
}

function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
