/**
 * The models that can be picked by name. models/presets.json lists them; here are its types and what follows from them.
 */
import * as path from 'node:path';
import shipped from '../../../models/presets.json';
import { ModelError } from './modelError';

export interface Preset {
  readonly name: string;
  /** `base` continues text, `instruct` answers questions. */
  readonly kind: 'base' | 'instruct';
  readonly repository: string;
  /** A commit, or a branch when no commit is known: the hash decides in any case. */
  readonly revision: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly licence: string;
}

export interface Licence {
  /** The licence allows any use, so the person is not asked before the download. */
  readonly open: boolean;
  /** One sentence about the licence. */
  readonly text: string;
  readonly url: string;
}

export interface Presets {
  /** Address of the repositories when the person has set no mirror. */
  readonly host: string;
  readonly licences: Readonly<Record<string, Licence>>;
  readonly models: readonly Preset[];
}

/**
 * Reads a list of presets, by default ours.
 * @throws ModelError ERR_MODEL_PRESETS, also for a file name that would lead out of the folder of models
 */
export function readPresets(value: unknown = shipped): Presets {
  const presets = value as Presets;
  const isText = (text: unknown): text is string => typeof text === 'string' && text !== '' && text.length < 1000;
  const isPreset = (model: Preset): boolean =>
    [model.name, model.revision, model.licence].every(isText) &&
    ['base', 'instruct'].includes(model.kind) &&
    /^[\w.-]+\/[\w.-]+$/.test(model.repository) &&
    /^\w[\w.-]{0,200}\.gguf$/.test(model.file) &&
    Number.isSafeInteger(model.bytes) &&
    model.bytes > 0 &&
    /^[0-9a-f]{64}$/.test(model.sha256) &&
    isText(presets.licences[model.licence]?.text);
  try {
    if (isText(presets.host) && presets.models.every(isPreset)) return presets;
  } catch {
    // The value does not even have the shape of a list.
  }
  throw new ModelError('ERR_MODEL_PRESETS', 'The list of models cannot be read; install the extension again.');
}

/** @param mirror address to use instead of the list's host; '' for none */
export function presetUrl({ host }: Presets, { repository, revision, file }: Preset, mirror: string): string {
  const base = (mirror.trim() || host).replace(/\/+$/, '');
  return `${base}/${repository}/resolve/${encodeURIComponent(revision)}/${file}`;
}

/** Path of a preset's file below the folder of downloaded models. */
export function presetPath(folder: string, { file }: Preset): string {
  return path.join(folder, file);
}

/**
 * Bytes of memory that a model of this size takes with its cache. An estimate, to warn before a download that will not
 * fit.
 */
export function memoryNeeded(bytes: number): number {
  return Math.round(bytes * 1.1 + 5e8);
}
