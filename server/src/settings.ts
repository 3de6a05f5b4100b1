/**
 * The settings, and the options with which a client starts the server. package.json (contributes.configuration) is the
 * only schema: types, ranges, choices and defaults are read from it, for VS Code and for every other client.
 */
import { contributes } from '../../package.json';
import type { HostOptions } from './engine/wire/messages';

/** `initializationOptions` of `initialize`: what a client knows that is no setting. All of it is optional. */
export interface InitializationOptions {
  /**
   * Folder that the server may write to (trace, caches, counts). It may be missing or read-only. Default: a folder of
   * the user's.
   */
  readonly storagePath?: string;
  /** False in an untrusted workspace: no database is opened, and the workspace cannot choose a model. Default: true. */
  readonly trusted?: boolean;
  /** True when the client can show documents of `ddlScheme`. Otherwise only tables from DDL files have a definition. */
  readonly showsDdl?: boolean;
  /**
   * True when the client has `acceptedCommand`. Otherwise nothing is learnt, because nothing would seem to be accepted.
   */
  readonly tellsAcceptance?: boolean;
  /** Key of the remote engine, from the client's secret storage. Never logged. */
  readonly remoteKey?: string;
  /** The section `sqlAhead`, from a client that can neither be asked for it nor send it later. */
  readonly settings?: unknown;
}

/** The section `sqlAhead`, complete and within its ranges. */
export interface Settings {
  readonly database: string;
  readonly ddlFiles: readonly string[];
  readonly dialect: 'auto' | 'sqlite' | 'postgres' | 'mysql' | 'duckdb' | 'tsql';
  readonly connections: readonly ConnectionSettings[];
  /** Name of the connection to use; empty: the database file or DDL of the workspace. */
  readonly connection: string;
  /** Where sample values of text columns may be read from; never from sensitive connections. */
  readonly sampleValues: 'files' | 'all' | 'none';
  readonly model: string;
  /** The model that answers questions; '' for the same as `model`. */
  readonly questionModel: string;
  /** Only the client uses it: where it downloads models from; '' for their usual place. */
  readonly models: { readonly mirror: string };
  /** Options of the engine host, and two for the server itself. */
  readonly engine: Omit<HostOptions, 'extensionVersion' | 'modelPath'> & {
    /** Minutes that the engine stays after the last window has left. */
    readonly keepAliveMinutes: number;
    /** File that gets one line of JSON for each request; empty: none. */
    readonly traceFile: string;
    /** A server to use instead of the engine on this machine; without an address: none. */
    readonly remote: {
      readonly url: string;
      /** '' takes the model that the server has. */
      readonly model: string;
    };
  };
  readonly inlineCompletion: {
    readonly enabled: boolean;
    readonly maxTokens: number;
    /** Mean token probability, 0 to 1, below which a suggestion is not shown. */
    readonly minimumConfidence: number;
  };
  /** Only the client uses it: whether a question stays as a comment above its statement. */
  readonly ask: { readonly keepQuestion: boolean };
  /** True when use is counted and followed. */
  readonly learning: { readonly enabled: boolean };
  readonly diagnostics: {
    readonly enabled: boolean;
    /** Whether finished statements are prepared on the connected database, and what it refuses is marked. */
    readonly database: boolean;
  };
  readonly format: { readonly keywordCase: 'preserve' | 'upper' | 'lower' };
}

/** One entry of `sqlAhead.connections`. Settings never hold passwords: the server asks for them (passwordRequest). */
export interface ConnectionSettings {
  readonly name: string;
  readonly kind: 'postgres' | 'mysql' | 'sqlite' | 'duckdb';
  readonly host?: string;
  readonly port?: number;
  /** Name of the database; for sqlite and duckdb the path of the file. */
  readonly database?: string;
  readonly user?: string;
  /** off, require (encrypted, certificate not checked) or verify. Default: off on this machine, else verify. */
  readonly ssl?: 'off' | 'require' | 'verify';
  /** Path of the certificates that must have signed the server's. Default: those that Node trusts. */
  readonly rootCertificate?: string;
  /** PostgreSQL: schemas in which unqualified names are looked for, in order. Default: the server's for this user. */
  readonly searchPath?: readonly string[];
  /** No sample values are read from it. */
  readonly sensitive?: boolean;
  /** Schemas to read. Default: all but the system's own (MySQL: the connection's database). */
  readonly schemas?: readonly string[];
}

/** Name of our section in an editor's configuration. */
export const settingsSection = 'sqlAhead';

/** The words of JSON schema that package.json uses and this file reads. A test checks that it uses no others. */
export interface ValueSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: ValueSchema;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly required?: readonly string[];
}

const properties: Readonly<Record<string, ValueSchema>> = contributes.configuration.properties;

/**
 * Reads settings from anything that a client may send for its section: nested, or with dots in its keys, or nothing at
 * all. A setting that is missing or null has its default.
 *
 * @returns the settings, and one sentence for each value that cannot be used as it is. A number out of its range
 * becomes the nearest one within; an entry of a list that cannot be read is left out; in other cases the default
 * counts.
 */
export function readSettings(section: unknown): { settings: Settings; problems: readonly string[] } {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const path = name.slice(settingsSection.length + 1);
    const { value, problem } = readSetting(name, valueAt(section, path), schema);
    if (problem !== undefined) problems.push(problem);
    put(settings, path.split('.'), value);
  }
  return { settings: settings as unknown as Settings, problems };
}

/** The settings when nobody has set anything. */
export const defaultSettings: Settings = readSettings(undefined).settings;

/** The section within all the configuration that a client pushes. Undefined when the value has another shape. */
export function sectionIn(configuration: unknown): unknown {
  const dotted = entriesOf(configuration)
    .filter(([key]) => key.startsWith(`${settingsSection}.`))
    .map(([key, value]) => [key.slice(settingsSection.length + 1), value] as const);
  return Object.fromEntries([...entriesOf(valueAt(configuration, settingsSection)), ...dotted]);
}

interface Read {
  readonly value: unknown;
  readonly problem?: string;
}

function readSetting(name: string, given: unknown, schema: ValueSchema): Read {
  const { default: otherwise } = schema;
  if (given === undefined || given === null) return { value: otherwise };
  if (schema.type === 'array' && schema.items && Array.isArray(given))
    return readList(name, given, schema.items);
  const fault = faultOf(given, schema);
  if (fault === undefined) return { value: given };
  const nearest = typeof given === 'number' ? nearestTo(given, schema) : undefined;
  const value = nearest ?? otherwise;
  return { value, problem: `${name} ${fault}; ${said(value)} is used instead of ${said(given)}.` };
}

function readList(name: string, given: readonly unknown[], schema: ValueSchema): Read {
  const faults = given.map((entry, i) => faultIn(`${name}[${i}]`, entry, schema));
  const value = given.filter((_, i) => faults[i] === undefined).map((entry) => known(entry, schema));
  const [first, ...others] = faults.filter((fault) => fault !== undefined);
  if (first === undefined) return { value };
  const more =
    others.length === 0 ? '' : ` So ${others.length === 1 ? 'is another' : `are ${others.length} others`}.`;
  return { value, problem: `${first}; this entry is left out.${more}` };
}

/** What is wrong with an entry or with a part of it, as the beginning of a sentence. */
function faultIn(name: string, given: unknown, schema: ValueSchema): string | undefined {
  const fault = faultOf(given, schema);
  if (fault !== undefined) return `${name} ${fault}, not ${said(given)}`;
  const { items } = schema;
  if (items && Array.isArray(given))
    return given.map((entry, i) => faultIn(`${name}[${i}]`, entry, items)).find(Boolean);
  const values = new Map(entriesOf(given).filter(([, value]) => value !== undefined && value !== null));
  const missing = schema.required?.find((key) => !values.has(key));
  if (missing !== undefined) return `${name} has no ${missing}`;
  return Object.entries(schema.properties ?? {})
    .map(([key, of]) => (values.has(key) ? faultIn(`${name}.${key}`, values.get(key), of) : undefined))
    .find(Boolean);
}

/** What is wrong with the value itself, to follow its name in a sentence. */
function faultOf(given: unknown, schema: ValueSchema): string | undefined {
  if (schema.enum && !schema.enum.some((one) => one === given))
    return `must be one of ${schema.enum.map(said).join(', ')}`;
  if (schema.type !== undefined && !isOfType(given, schema.type))
    return `must be ${typeNames[schema.type] ?? schema.type}`;
  if (typeof given !== 'number' || nearestTo(given, schema) === given) return undefined;
  const { minimum, maximum } = schema;
  if (minimum === undefined) return `must be at most ${maximum}`;
  return maximum === undefined ? `must be at least ${minimum}` : `must be between ${minimum} and ${maximum}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'an object',
};

function isOfType(given: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(given);
    case 'number':
      return Number.isFinite(given);
    case 'array':
      return Array.isArray(given);
    case 'object':
      return typeof given === 'object' && given !== null && !Array.isArray(given);
    default:
      return typeof given === type;
  }
}

/** The nearest number within the range; undefined when the value cannot be one for this setting. */
function nearestTo(
  given: number,
  { type, minimum = -Infinity, maximum = Infinity }: ValueSchema,
): number | undefined {
  if (type === undefined || !isOfType(given, type)) return undefined;
  return Math.min(maximum, Math.max(minimum, given));
}

/** The entry without keys that the schema does not know and without nulls. */
function known(entry: unknown, { properties: of }: ValueSchema): unknown {
  if (!of) return entry;
  return Object.fromEntries(
    entriesOf(entry).filter(
      ([key, value]) => Object.hasOwn(of, key) && value !== undefined && value !== null,
    ),
  );
}

/** The value at a path such as `engine.remote.url`: nested, or under one key with dots, or a mixture. */
function valueAt(holder: unknown, path: string): unknown {
  const values = new Map(entriesOf(holder));
  if (values.has(path)) return values.get(path);
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const found = valueAt(values.get(path.slice(0, dot)), path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function put(holder: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path;
  if (rest.length === 0) holder[first] = value;
  else put((holder[first] ??= {}) as Record<string, unknown>, rest, value);
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** A value as a sentence shows it: short, whatever it is. */
function said(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
