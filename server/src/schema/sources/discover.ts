/** Decides where the schema comes from: the settings first, then what lies in the workspace folder. */
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { SqlAheadError } from '../../errors';
import type { ConnectionSettings, Settings } from '../../protocol';
import type { AskPassword } from './connection';
import { ddlSource } from './ddl';
import { duckdbSource } from './duckdb';
import { mysqlSource } from './mysql';
import { postgresSource } from './postgres';
import type { SchemaSource } from './source';
import { sqliteSource } from './sqlite';

const databaseFolders = ['', 'db', 'data'];
const ddlFolders = ['', 'db', 'sql'];

/**
 * The source to read, or undefined where there is none. A file named in the settings is taken as it is, even when it
 * does not exist: reading it then says so. Without settings: the one database in the folder (its root, db/ or data/),
 * where there is exactly one; else schema.sql, *.schema.sql and *.ddl.sql (root, db/, sql/), all of them together.
 *
 * @param workspaceFolder absolute path; relative settings count from it
 */
export async function discoverSource(
  settings: SourceSettings,
  workspaceFolder: string | undefined,
  ask: AskPassword = () => Promise.resolve(undefined),
): Promise<SchemaSource | undefined> {
  const resolve = (file: string) => path.resolve(workspaceFolder ?? '.', file);
  const isUsable = (file: string) => path.isAbsolute(file) || workspaceFolder !== undefined;
  const picked = settings.connection?.trim() ?? '';
  if (picked !== '') {
    const connection = settings.connections?.find(({ name }) => name === picked);
    return connection ? connectionSource(connection, settings, resolve, ask) : missingConnection(picked);
  }
  const samples = settings.sampleValues === true;
  const database = settings.database.trim();
  if (database !== '' && isUsable(database)) return fileSource(resolve(database), samples);
  const ddlFiles = settings.ddlFiles.filter((file) => file.trim() !== '' && isUsable(file)).map(resolve);
  if (ddlFiles.length > 0) return ddlSource(ddlFiles, settings.dialect);
  if (workspaceFolder === undefined) return undefined;

  const databases = await findDatabases(workspaceFolder);
  const [only] = databases;
  if (only !== undefined && databases.length === 1) return fileSource(only, samples);
  const scripts = await findFiles(workspaceFolder, ddlFolders, (name) =>
    /^schema\.sql$|\.(schema|ddl)\.sql$/i.test(name),
  );
  return scripts.length > 0 ? ddlSource(scripts, settings.dialect) : undefined;
}

const fileSource = (file: string, samples: boolean): SchemaSource =>
  /\.(duckdb|ddb)$/i.test(file) ? duckdbSource(file, samples) : sqliteSource(file, samples);

export type SourceSettings = Pick<Settings, 'database' | 'ddlFiles' | 'dialect'> &
  Partial<Pick<Settings, 'connections' | 'connection' | 'sampleValues'>>;

function connectionSource(
  connection: ConnectionSettings,
  settings: SourceSettings,
  resolve: (file: string) => string,
  ask: AskPassword,
): SchemaSource {
  const samples = connection.sensitive !== true && settings.sampleValues === true;
  switch (connection.kind) {
    case 'postgres':
      return postgresSource(connection, ask, samples);
    case 'mysql':
      return mysqlSource(connection, ask, samples);
    case 'duckdb':
      return duckdbSource(resolve(connection.database ?? ''), samples);
    case 'sqlite':
      return sqliteSource(resolve(connection.database ?? ''), samples);
  }
}

/** Says so when it is read, as a file that is missing does. */
function missingConnection(name: string): SchemaSource {
  const text = `No connection is called ${name}: correct the setting sqlAhead.connection or add it to sqlAhead.connections.`;
  return {
    id: `missing ${name}`,
    description: name,
    watchPaths: [],
    read: () => Promise.reject(new SqlAheadError('ERR_CONNECTION_DATABASE', text)),
  };
}

async function findDatabases(folder: string): Promise<string[]> {
  const candidates = await findFiles(folder, databaseFolders, (name) => /\.(sqlite3?|db)$/i.test(name));
  const found: string[] = [];
  for (const file of candidates) {
    // Many programs call their own formats .db.
    if (!/\.db$/i.test(file) || (await hasSqliteHeader(file))) found.push(file);
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

const header = 'SQLite format 3\0';

async function hasSqliteHeader(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(header.length), 0, header.length, 0);
      return bytesRead === header.length && buffer.toString('latin1') === header;
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}
