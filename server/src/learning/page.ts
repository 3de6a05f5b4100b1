/** Writes what was learnt as a page for a person to read: one table for each model. Pure. */
import { countsOf, threshold, type Learnt } from './counts';
import { positionKinds } from '../suggest/positionKind';

const heads = ['position', 'shown', 'accepted', 'kept after 30 s', 'latency', 'threshold'] as const;

/** @param minimum the threshold that is set, 0 to 1 */
export function learntText(learnt: Learnt, minimum: number): string {
  const models = Object.keys(learnt).filter((model) => Object.keys(learnt[model] ?? {}).length > 0);
  const intro =
    'What SQL Ahead learnt from use. Counts only, no text of yours; they stay on this machine.\n' +
    '"SQL Ahead: Forget What Was Learnt" deletes them, sqlAhead.learning.enabled stops counting.\n';
  if (models.length === 0) return `${intro}\nNothing yet.\n`;
  return `${intro}${models.map((model) => `\n${model}\n\n${tableOf(learnt, model, minimum)}`).join('')}`;
}

function tableOf(learnt: Learnt, model: string, minimum: number): string {
  const rows = positionKinds
    .map((kind) => [kind, countsOf(learnt, model, kind)] as const)
    .filter(([, { shown }]) => shown > 0)
    .map(([kind, counts]) => [
      kind,
      String(counts.shown),
      `${String(counts.accepted)} (${share(counts.accepted, counts.shown)})`,
      counts.characters === 0 ? '-' : share(counts.kept, counts.characters),
      `${String(Math.round(counts.milliseconds / counts.shown))} ms`,
      threshold(minimum, counts).toFixed(2),
    ]);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [heads, ...rows]
    .map((row) => {
      const cells = row.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      );
      return `${cells.join('   ')}\n`;
    })
    .join('');
}

function share(part: number, whole: number): string {
  return `${String(Math.round((100 * part) / whole))} %`;
}
