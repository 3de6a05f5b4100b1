/**
 * Chooses a model where the person set "auto": from what was measured on this machine and what was kept of its
 * suggestions. Pure: (models, rates, counts, the choice so far) → a model and one sentence that says why. A cheaper model
 * that is kept as often is preferred; what was chosen stays until another one is clearly better.
 */
import { positionKinds } from '../suggest/positionKind';
import { countsOf, type Learnt } from './counts';

export type Use = 'ghost text' | 'questions';

/** Tokens a second on this machine. */
export interface Rates {
  readonly prefill: number;
  readonly decode: number;
}

export interface ModelOnDisk {
  /** '' for the starter model. */
  readonly path: string;
  /** As the sentence calls it. */
  readonly label: string;
  readonly bytes: number;
  /** Taught to chat: best for questions. Others continue text: best for ghost text. */
  readonly isInstruct: boolean;
  /** What the model calls itself, by which use is counted, and its rates; undefined until it was loaded here once. */
  readonly measured?: Rates & { readonly name: string };
}

export interface Evidence {
  readonly use: Use;
  /** The starter model among them. */
  readonly models: readonly ModelOnDisk[];
  readonly learnt: Learnt;
  /** Bytes of memory that models may take. */
  readonly memory: number;
  /** What was chosen last time. */
  readonly current?: string | undefined;
}

export interface ChosenModel {
  readonly path: string;
  readonly reason: string;
}

/** How long an answer may take: its usual tokens, and the seconds for them; the same for reading a schema once. */
const limits = {
  'ghost text': { tokens: 16, seconds: 0.6, schemaTokens: 600, schemaSeconds: 15 },
  questions: { tokens: 60, seconds: 4, schemaTokens: 600, schemaSeconds: 30 },
} as const;
/** The model in use may be slower by so much before it is given up: rates swing with what else the machine does. */
const patience = 1.3;
/** Fewer suggestions say nothing about a model. */
const enoughShown = 20;
/** Shares of what is kept that differ by no more are the same; to leave the model in use it takes twice that. */
const sameShare = 0.05;
/** Who keeps so much of a model in use is not asked to try a slower one. */
const goodShare = 0.6;
/** Small models wait for other things than their weights: larger ones are faster than their size says. */
const smallBytes = 100e6;
const smallFactor = 2;

/** Bytes of memory that a model of this size takes with its cache: an estimate. */
export function memoryNeeded(bytes: number): number {
  return Math.round(bytes * 1.1 + 5e8);
}

export function chooseModel(evidence: Evidence): ChosenModel {
  const { use, models, memory, current } = evidence;
  const judged = models
    .map((model) => judge(model, evidence))
    .toSorted((a, b) => a.model.bytes - b.model.bytes);
  const isFit = ({ model, seconds, schemaSeconds }: Judged): boolean => {
    const slack = model.path === current ? patience : 1;
    return (
      seconds <= limits[use].seconds * slack &&
      schemaSeconds <= limits[use].schemaSeconds * slack &&
      (model.path === '' || memoryNeeded(model.bytes) <= memory)
    );
  };
  const fits = judged.filter(isFit);
  const suited = fits.filter(({ model }) => model.path === '' || model.isInstruct === (use === 'questions'));
  // With none but the starter, a model of the other kind still knows more.
  const [best, ...cheaper] = (suited.length > 1 ? suited : fits).toReversed();
  if (!best) return { path: '', reason: `The starter model for ${use}: it was not measured here yet.` };
  let chosen = best;
  let why = '';
  for (const one of cheaper) {
    const isCurrent = one.model.path === current;
    if (one.kept === undefined) continue;
    if (chosen.kept === undefined) {
      if (!isCurrent || one.kept < goodShare) continue;
      why = `; larger ones were not tried, because enough of it is kept`;
    } else {
      const margin = isCurrent ? 2 * sameShare : chosen.model.path === current ? 0 : sameShare;
      if (one.kept + margin < chosen.kept) continue;
      why = `, as much as of ${chosen.model.label}, which is slower`;
    }
    chosen = one;
  }
  return { path: chosen.model.path, reason: sentence(use, chosen, why, judged) };
}

interface Judged {
  readonly model: ModelOnDisk;
  readonly decode: number;
  readonly isMeasured: boolean;
  /** For an answer of the usual length, and for reading a schema. */
  readonly seconds: number;
  readonly schemaSeconds: number;
  /** Share of what was shown that was accepted and stayed; undefined where too little was shown. */
  readonly kept: number | undefined;
}

function judge(model: ModelOnDisk, { use, models, learnt }: Evidence): Judged {
  const rates = model.measured ?? estimated(model, models);
  const { tokens, schemaTokens } = limits[use];
  return {
    model,
    decode: rates?.decode ?? 0,
    isMeasured: model.measured !== undefined,
    seconds: rates ? tokens / rates.decode : Infinity,
    schemaSeconds: rates ? schemaTokens / rates.prefill : Infinity,
    kept: model.measured ? keptShare(learnt, model.measured.name, use) : undefined,
  };
}

/** From the measured model nearest in size: a token costs reading all weights once. */
function estimated(model: ModelOnDisk, models: readonly ModelOnDisk[]): Rates | undefined {
  const distance = ({ bytes }: ModelOnDisk): number => Math.abs(Math.log(bytes / model.bytes));
  const nearest = models.filter(({ measured }) => measured).toSorted((a, b) => distance(a) - distance(b))[0];
  if (!nearest?.measured) return undefined;
  const factor =
    (nearest.bytes < smallBytes && model.bytes > smallBytes ? smallFactor : 1) *
    (nearest.bytes / model.bytes);
  return { prefill: nearest.measured.prefill * factor, decode: nearest.measured.decode * factor };
}

function keptShare(learnt: Learnt, name: string, use: Use): number | undefined {
  const kinds = positionKinds.filter((kind) => (kind === 'statement') === (use === 'questions'));
  let [shown, accepted, characters, kept] = [0, 0, 0, 0];
  for (const kind of kinds) {
    const counts = countsOf(learnt, name, kind);
    shown += counts.shown;
    accepted += counts.accepted;
    characters += counts.characters;
    kept += counts.kept;
  }
  if (shown < enoughShown) return undefined;
  return (accepted / shown) * (characters === 0 ? 1 : kept / characters);
}

function sentence(
  use: Use,
  { model, decode, isMeasured, kept }: Judged,
  why: string,
  all: readonly Judged[],
): string {
  const rate = decode >= 10 ? Math.round(decode).toString() : decode.toFixed(1);
  const speed = `${isMeasured ? '' : 'about '}${rate} tokens a second here`;
  const share = kept === undefined ? '' : `, ${Math.round(100 * kept).toString()} % of its suggestions kept`;
  const next = all.find((other) => other.model.bytes > model.bytes && other.seconds > limits[use].seconds);
  const slower =
    next && Number.isFinite(next.seconds) && why === ''
      ? `; ${next.model.label} would take ${next.seconds < 10 ? next.seconds.toFixed(1) : Math.round(next.seconds).toString()} s`
      : '';
  return `${model.label} for ${use}: ${speed}${share}${why}${slower}.`;
}
