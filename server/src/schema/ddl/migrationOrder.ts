/**
 * Chooses which of several scripts build the schema, and puts them into the order in which migration tools run them. No
 * IO.
 */
import path from 'node:path';

/** Numbers in names are compared as numbers: V2 comes before V10. */
const { compare: compareNames } = new Intl.Collator('en', { numeric: true });

/**
 * The files in the order of their base names, numbers as numbers. Files of one name come in the order of their folders
 * (Prisma's migration.sql, Diesel's up.sql). Flyway's repeatable scripts come last. A file that takes back what another
 * one does is left out: x.down.sql beside x.up.sql or x.sql, U1__x.sql beside V1__x.sql.
 */
export function migrationOrder(paths: readonly string[]): string[] {
  const all = new Set(paths.map((file) => file.toLowerCase()));
  const steps = paths.filter((file) => !waysForth(file).some((other) => all.has(other.toLowerCase())));
  const keyed = steps.map((file) => ({ file, key: keyOf(file) }));
  keyed.sort(
    (a, b) =>
      a.key.rank - b.key.rank ||
      compareVersions(a.key.version, b.key.version) ||
      compareNames(a.key.name, b.key.name) ||
      compareNames(a.file, b.file),
  );
  return keyed.map(({ file }) => file);
}

interface Key {
  /** 1 for Flyway's repeatable scripts, 0 for all others. */
  readonly rank: number;
  /** Flyway's version: 1_2 and 1.2 are [1, 2]. Empty when the name has none. */
  readonly version: readonly number[];
  readonly name: string;
}

function keyOf(file: string): Key {
  const name = path.basename(file);
  const [, kind = '', version = '', rest = name] = /^([VBR])([\d._]*)__(.*)$/.exec(name) ?? [];
  if (kind === 'R') return { rank: 1, version: [], name: rest };
  // Without zeros at the end, because 1.0 equals 1.
  const numbers = version.split(/[._]/).filter((part) => part !== '');
  return { rank: 0, version: numbers.map(Number), name: rest };
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
  // A name without a version comes after one with a version.
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Names of the files in the same folder that this file takes back; empty when it takes back none. */
function waysForth(file: string): string[] {
  const folder = path.dirname(file);
  const name = path.basename(file);
  const undo = /^U([\d._]+__.*)$/.exec(name)?.[1];
  if (undo !== undefined) return [path.join(folder, `V${undo}`)];
  const [, before, separator = '', , end] =
    /^(.*?)([._-]?)(down|undo|rollback|revert)((?:\.\w+)?\.(?:sql|ddl))$/i.exec(name) ?? [];
  if (before === undefined || end === undefined || (before !== '' && separator === '')) return [];
  const forth = ['up', 'do', 'deploy', 'apply'].map((word) => `${before}${separator}${word}${end}`);
  return [...forth, ...(before === '' ? [] : [`${before}${end}`])].map((other) => path.join(folder, other));
}
