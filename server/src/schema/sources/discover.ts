/** Decides where the schema comes from: from the settings first, then from the files in the workspace folder. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { SqlAheadError } from '../../errors';
import { readRegularFile } from '../../regularFile';
import type { ConnectionSettings, Settings } from '../../settings';
import { withHome, type AskPassword } from './connection';
import { ddlSource } from './ddl';
import type { DatabaseKind } from './fileReader/protocol';
import type { ReaderProgram } from './fileReader/readerProcess';
import { fileSource } from './fileSource';
import { mysqlSource } from './mysql';
import { postgresSource } from './postgres';
import type { SchemaSource } from './source';

const databaseFolders = ['', 'db', 'data'];
const ddlFolders = ['', 'db', 'sql'];

/**
 * The source to read; undefined when there is none. A file that the settings name is used even when it does not exist:
 * reading it reports that. Without settings: the only SQLite or DuckDB file in the folder (its root, db/ or data/);
 * else schema.sql, *.schema.sql and *.ddl.sql (root, db/, sql/), all of them together.
 *
 * @param workspaceFolder absolute path; relative settings start from it
 * @param program the file reader, which opens the files
 */
export async function discoverSource(
  settings: SourceSettings,
  workspaceFolder: string | undefined,
  program: ReaderProgram,
  ask: AskPassword = () => Promise.resolve(undefined),
): Promise<SchemaSource | undefined> {
  const resolve = (file: string) => path.resolve(workspaceFolder ?? '.', withHome(file));
  const isUsable = (file: string) => path.isAbsolute(withHome(file)) || workspaceFolder !== undefined;
  const picked = settings.connection?.trim() ?? '';
  if (picked !== '') {
    const connection = pickedConnection(settings);
    return connection
      ? connectionSource(connection, settings, resolve, program, ask)
      : missingConnection(picked);
  }
  const samples = readsSamples(settings, true);
  const database = settings.database.trim();
  if (database !== '' && isUsable(database)) {
    const file = resolve(database);
    return byRules(fileSource((await kindOf(file)) ?? kindByName(file), file, program, samples), samples);
  }
  const ddlFiles = settings.ddlFiles.filter((file) => file.trim() !== '' && isUsable(file)).map(resolve);
  if (ddlFiles.length > 0) return ddlSource(ddlFiles, settings.dialect, program);
  if (workspaceFolder === undefined) return undefined;

  const databases = await findDatabases(workspaceFolder);
  const [only] = databases;
  if (only !== undefined && databases.length === 1)
    return byRules(fileSource(only.kind, only.file, program, samples), samples);
  const scripts = await findFiles(workspaceFolder, ddlFolders, (name) =>
    /^schema\.sql$|\.(schema|ddl)\.sql$/i.test(name),
  );
  return scripts.length > 0 ? ddlSource(scripts, settings.dialect, program) : undefined;
}

const kindByName = (file: string): DatabaseKind => (/\.(duckdb|ddb)$/i.test(file) ? 'duckdb' : 'sqlite');

/**
 * The same file read with and without sample values counts as two sources. So values that were read when it was allowed
 * are neither shown nor taken from disk when it is not.
 */
const byRules = (source: SchemaSource, samples: boolean): SchemaSource => ({
  ...source,
  id: `${source.id} ${samples ? 'with' : 'without'} values`,
});

const readsSamples = ({ sampleValues = 'files' }: SourceSettings, isFile: boolean): boolean =>
  sampleValues === 'all' || (sampleValues === 'files' && isFile);

export type SourceSettings = Pick<Settings, 'database' | 'ddlFiles' | 'dialect'> &
  Partial<Pick<Settings, 'connections' | 'connection' | 'sampleValues'>>;

/**
 * The connection that the settings choose. People write settings by hand, so entries that are no connection are
 * skipped.
 */
export function pickedConnection({
  connections,
  connection,
}: SourceSettings): ConnectionSettings | undefined {
  const written: unknown = connections;
  if (!Array.isArray(written)) return undefined;
  return (written as readonly (Partial<ConnectionSettings> | null)[]).find(
    (one): one is ConnectionSettings =>
      one?.name === connection?.trim() && connectionKinds.some((kind) => kind === one?.kind),
  );
}

const connectionKinds: readonly ConnectionSettings['kind'][] = ['postgres', 'mysql', 'sqlite', 'duckdb'];

function connectionSource(
  connection: ConnectionSettings,
  settings: SourceSettings,
  resolve: (file: string) => string,
  program: ReaderProgram,
  ask: AskPassword,
): SchemaSource {
  const isFile = connection.kind === 'sqlite' || connection.kind === 'duckdb';
  const samples = connection.sensitive !== true && readsSamples(settings, isFile);
  const source = (): SchemaSource => {
    switch (connection.kind) {
      case 'postgres':
        return postgresSource(connection, ask, samples);
      case 'mysql':
        return mysqlSource(connection, ask, samples);
      case 'duckdb':
      case 'sqlite':
        return fileSource(connection.kind, resolve(connection.database ?? ''), program, samples);
    }
  };
  return byRules(source(), samples);
}

/** A source whose reading reports that the connection is missing, as for a missing file. */
function missingConnection(name: string): SchemaSource {
  const text = `No connection is called ${name}: correct the setting sqlAhead.connection or add it to sqlAhead.connections.`;
  return {
    id: `missing ${name}`,
    description: name,
    watchPaths: [],
    read: () => Promise.reject(new SqlAheadError('ERR_CONNECTION_DATABASE', text)),
  };
}

interface Database {
  readonly file: string;
  readonly kind: DatabaseKind;
}

async function findDatabases(folder: string): Promise<Database[]> {
  const candidates = await findFiles(folder, databaseFolders, (name) =>
    /\.(sqlite3?|duckdb|ddb|db)$/i.test(name),
  );
  const found: Database[] = [];
  for (const file of candidates) {
    // Many programs call their own formats .db, so that name tells nothing. An empty or encrypted file counts by its
    // other endings.
    const kind = (await kindOf(file)) ?? (/\.db$/i.test(file) ? undefined : kindByName(file));
    if (kind !== undefined) found.push({ file, kind });
  }
  return found;
}

async function findFiles(
  folder: string,
  subfolders: readonly string[],
  wanted: (name: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const subfolder of subfolders) {
    const at = path.join(folder, subfolder);
    const entries = await readdir(at, { withFileTypes: true }).catch(() => []);
    const names = entries
      .filter((entry) => !entry.isDirectory() && wanted(entry.name))
      .map((entry) => entry.name);
    found.push(...names.sort().map((name) => path.join(at, name)));
  }
  return found;
}

/** What a database file begins with, and at which byte. */
const marks: readonly { readonly kind: DatabaseKind; readonly at: number; readonly text: string }[] = [
  { kind: 'sqlite', at: 0, text: 'SQLite format 3\0' },
  { kind: 'duckdb', at: 8, text: 'DUCK' },
];

/** The kind of database by the file's content; undefined when the content does not tell, or cannot be read. */
async function kindOf(file: string): Promise<DatabaseKind | undefined> {
  try {
    const start = (await readRegularFile(file, Infinity, 16)).toString('latin1');
    return marks.find(({ at, text }) => start.startsWith(text, at))?.kind;
  } catch {
    return undefined;
  }
}
