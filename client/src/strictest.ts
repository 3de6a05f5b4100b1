/**
 * Merges the user's settings and the workspace's on which values may be read from databases. The stricter one wins: a
 * folder that is opened must not allow what its user has turned off. No import of vscode, so that unit tests can use
 * it.
 */

/** The section `sqlAhead` as merged, or the part in the user's own settings. Nothing in it is checked yet. */
interface Section {
  readonly sampleValues?: unknown;
  readonly connections?: unknown;
}

/** From the strictest to the least strict. */
const order: readonly unknown[] = ['none', 'files', 'all'];

/**
 * @param effective the section as VS Code merges it
 * @param own the user's own settings, undefined when they say nothing
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

/**
 * Two entries are the same when their names or their destinations are: a workspace may give the same server another
 * name.
 */
function isSame(one: Entry, other: Entry): boolean {
  const place = ({ kind, host, port, database }: Entry): string =>
    JSON.stringify([kind, host, port, database]);
  return one['name'] === other['name'] || place(one) === place(other);
}
