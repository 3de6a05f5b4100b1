/**
 * Where a person and a workspace disagree on which values may be read, the stricter one wins: a folder that is opened
 * must not undo what its user has turned off. No import of vscode, so that unit tests can use it.
 */

/** The section `sqlAhead`, or what the user's own settings hold of it; nothing of it is checked yet. */
interface Section {
  readonly sampleValues?: unknown;
  readonly connections?: unknown;
}

/** From strict to not. */
const order: readonly unknown[] = ['none', 'files', 'all'];

/**
 * @param effective the section as VS Code merges it
 * @param own what stands in the user's own settings, undefined where they say nothing
 */
export function strictest(effective: Section, own: Section): Section {
  const { sampleValues, connections } = effective;
  const sensitive = entriesOf(own.connections).filter((one) => one['sensitive'] === true);
  return {
    ...effective,
    ...(order.includes(own.sampleValues) && order.indexOf(own.sampleValues) < order.indexOf(sampleValues)
      ? { sampleValues: own.sampleValues }
      : {}),
    ...(Array.isArray(connections)
      ? {
          connections: connections.map((one: unknown) =>
            isEntry(one) && sensitive.some((other) => isSame(one, other)) ? { ...one, sensitive: true } : one,
          ),
        }
      : {}),
  };
}

type Entry = Readonly<Record<string, unknown>>;

const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null;
const entriesOf = (list: unknown): readonly Entry[] => (Array.isArray(list) ? list.filter(isEntry) : []);

/** By name, or by what it leads to: a workspace may call the same server otherwise. */
function isSame(one: Entry, other: Entry): boolean {
  const place = ({ kind, host, port, database }: Entry): string =>
    JSON.stringify([kind, host, port, database]);
  return one['name'] === other['name'] || place(one) === place(other);
}
