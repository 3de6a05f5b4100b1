/** Makes the texts of the list of models from what is known about the models and the machine. */
import { plain } from '../../../server/src/plain';
import { gigabytes, spareBytes } from './download';
import type { LocalModel } from './localModels';
import { memoryNeeded, type Preset } from './presets';

/** The fields of VS Code's QuickPickItem that are used. */
export interface ChoiceText {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

/** What this machine has, in bytes. */
export interface Room {
  readonly memory: number;
  /** Free bytes on the disk with the models' folder; undefined when the system does not tell. */
  readonly free: number | undefined;
}

/** @param onDisk bytes of the file that are on the disk already; all of them when the file is whole */
export function presetChoice(preset: Preset, onDisk: number, room: Room): ChoiceText {
  const { name, bytes, licence, kind } = preset;
  const isWhole = onDisk === bytes;
  const isBegun = onDisk > 0 && !isWhole;
  const problems = misfits(preset, onDisk, room);
  const icon = problems.length > 0 ? 'warning' : isWhole ? 'check' : 'cloud-download';
  const facts = [
    ...(isWhole ? ['on this disk'] : [gigabytes(bytes)]),
    ...(isBegun ? [`${gigabytes(onDisk)} of it are there`] : []),
    `takes about ${gigabytes(memoryNeeded(bytes))} of memory`,
    licence,
  ];
  const purpose =
    kind === 'base' ? 'Best for ghost text: continues and fills in SQL.' : 'Best for questions: answers them.';
  return {
    label: `$(${icon}) ${plain(name)}`,
    description: plain(facts.join(' · ')),
    detail: plain([...problems, purpose].join(' ')),
  };
}

/** Why the model does not fit this machine, one sentence for each reason. */
function misfits({ bytes }: Preset, onDisk: number, { memory, free }: Room): string[] {
  const needsMemory = memoryNeeded(bytes);
  const needsDisk = onDisk === bytes ? 0 : bytes - onDisk + spareBytes;
  return [
    ...(needsMemory > memory
      ? [`Does not fit: it takes about ${gigabytes(needsMemory)} of memory, and this machine has ${gigabytes(memory)}.`]
      : []),
    ...(free !== undefined && needsDisk > free
      ? [`Does not fit: it needs ${gigabytes(needsDisk)} of disk, and ${gigabytes(free)} are free.`]
      : []),
  ];
}

export function localChoice({ name, source, bytes, file }: LocalModel, { memory }: Room): ChoiceText {
  const needed = memoryNeeded(bytes);
  const problem =
    needed > memory
      ? `Does not fit: it takes about ${gigabytes(needed)} of memory, and this machine has ${gigabytes(memory)}. `
      : '';
  return {
    label: `$(${problem === '' ? 'check' : 'warning'}) ${plain(name)}`,
    description: plain(`${gigabytes(bytes)} · from ${source}`),
    detail: plain(problem + file),
  };
}
