/**
 * Turns the database's refusals into marks. It decides which statements of a text the database may be asked about, where in
 * the text a refusal belongs, and which refusals our own diagnostics have marked already. The caller asks the database.
 */
import type { Dialect } from '../../schema/model';
import { onlyPlaceOf, type Verdict } from '../../schema/validate';
import {
  isClientLine,
  splitStatements,
  statementTokens,
  type Statement,
} from '../../sql/statements/statements';
import { identifierName, tokenize, type Token } from '../../sql/tokens';
import { createdNames } from './createdNames';
import type { Diagnostic } from './diagnostic';

/** Characters of a statement; longer ones are data, and cost the server more than a mark is worth. */
const longestAsked = 32 * 1024;

/** A statement to ask about; offsets are those of `sql` in the document. */
export interface AskedStatement extends Statement {
  /** Without the comments around it, its `;` and what a client program keeps for itself. */
  readonly sql: string;
  /** Whether the person ended it: with a `;`, or with a client's word in its place. */
  readonly isEnded: boolean;
}

/** A refusal at its place in the document, in the database's words. */
export interface DatabaseMark {
  readonly from: number;
  readonly to: number;
  readonly code: 'database';
  readonly message: string;
  readonly fixes: readonly [];
}

type Refusal = Extract<Verdict, { ok: false }>;

const heads = new Set([
  'select',
  'with',
  'values',
  'insert',
  'update',
  'delete',
  'merge',
  'replace',
  'from',
  '(',
]);

/** What makes the session or the schema behind it another one, in a way that is not read: nothing behind it is asked. */
const sessionWords = new Set([
  'use', 'attach', 'detach', 'reset', 'discard', 'load', 'install', 'import', 'connect', 'do', 'call', 'exec', 'execute',
]); // prettier-ignore
const sessionLines = /^\s*(?:\\c|\\connect|\\ir?|\.open|\.load|\.read|source|use)\b/im;

/** Variables that change nothing about what a statement means. */
const harmlessSet =
  /^set\s+(?:(?:session|local|global)\s+)?(?:@\w|transaction\b|names\b|time\s+zone\b|autocommit\b|foreign_key_checks\b|unique_checks\b|(?:\w+_)?timeout\b|timezone\b|client_min_messages\b|work_mem\b|maintenance_work_mem\b)/i;

/** What acts without a name in a statement: functions of an extension, operators, casts, rules. */
const namelessKinds = new Set(['extension', 'operator', 'cast', 'rule']);
/** What changes which literals a column takes, though the statement names the column alone. */
const valueKinds = new Set(['type', 'domain']);

/** Words in front of, around and between the names that a CREATE or ALTER has in its head. */
const headWords = new Set([
  'create', 'alter', 'database', 'macro', 'or', 'replace', 'temp', 'temporary', 'global', 'local', 'unlogged', 'table', 'view',
  'materialized', 'recursive', 'virtual', 'function', 'procedure', 'aggregate', 'index', 'unique', 'concurrently',
  'fulltext', 'spatial', 'type', 'domain', 'sequence', 'schema', 'trigger', 'if', 'not', 'exists', 'only', 'on',
  'using', 'add', 'drop', 'column', 'rename', 'to', 'set', 'constraint', 'before', 'after', 'insert', 'update',
  'delete', 'for', 'each', 'row', 'execute', 'authorization', 'default', 'name', 'value', 'values',
]); // prettier-ignore

/**
 * The statements that the database may be asked to prepare, in order. Left out are those that
 * - change the schema or the session (`CREATE TABLE`, `SET`),
 * - hold a placeholder of a template (`${x}`), or a parameter whose type only a driver would tell (`$1`),
 * - are not finished, for example with an open bracket,
 * - read a table that this text itself creates,
 * - stand behind a statement that changes the session for what follows (`USE`).
 *
 * @param cursor where somebody types: that statement is left out; undefined where nobody does
 */
export function askedStatements(text: string, dialect: Dialect, cursor?: number): readonly AskedStatement[] {
  const statements = splitStatements(text, dialect);
  const created = new Set(createdNames(text, statements, dialect));
  const candidates: { readonly asked: AskedStatement; readonly tokens: readonly Token[] }[] = [];
  for (const statement of statements) {
    const tokens = statementTokens(text, statement, dialect);
    const [first] = tokens;
    if (first === undefined) {
      const line = text.slice(statement.from, statement.to);
      if (isClientLine(text, statement, dialect) && sessionLines.test(line)) break;
      continue;
    }
    const head = text.slice(first.from, first.to).toLowerCase();
    if (head === 'create' || head === 'alter') {
      if (!addMadeNames(text, tokens, created)) break;
      continue;
    }
    if (sessionWords.has(head)) break;
    if (head === 'set' && !harmlessSet.test(text.slice(first.from, statement.to))) break;
    if (!heads.has(head)) continue;
    if (cursor !== undefined && statement.from <= cursor && cursor <= statement.to) continue;
    const asked = toAsk(text, statement, tokens, dialect);
    if (asked !== undefined) candidates.push({ asked, tokens });
  }
  const readsMade = (tokens: readonly Token[]) =>
    tokens.some(
      (token) =>
        (token.kind === 'word' || token.kind === 'quoted') &&
        created.has(identifierName(token, text).toLowerCase()),
    );
  return candidates
    .filter(({ tokens }) => created.size === 0 || !readsMade(tokens))
    .map(({ asked }) => asked);
}

/** The statement as it is sent; undefined where it may not be. */
function toAsk(
  text: string,
  statement: Statement,
  tokens: readonly Token[],
  dialect: Dialect,
): AskedStatement | undefined {
  const raw = (token: Token | undefined): string => (token ? text.slice(token.from, token.to) : '');
  const hasSemicolon = raw(tokens.at(-1)) === ';';
  const kept = hasSemicolon ? tokens.slice(0, -1) : tokens;
  const from = kept[0]?.from ?? statement.from;
  const to = kept.at(-1)?.to ?? from;
  const sql = text.slice(from, to);
  if (sql === '' || sql.length > longestAsked || /\{[%#]/.test(sql)) return undefined;
  const isOpen = (token: Token): boolean =>
    !token.closed ||
    token.kind === 'placeholder' ||
    (token.kind === 'parameter' && !preparesParameter(raw(token), dialect));
  if (kept.some(isOpen)) return undefined;
  // Comments are sent as they are, but for the ones that are not closed; a client's word in the middle is no SQL.
  if (tokenize(sql, dialect).some(({ kind, closed }) => kind === 'command' || !closed)) return undefined;
  const opened = kept.filter((token) => raw(token) === '(').length;
  const closed = kept.filter((token) => raw(token) === ')').length;
  const endsInCommand = tokenize(text.slice(to, statement.to), dialect).some(
    ({ kind }) => kind === 'command',
  );
  const isEnded = hasSemicolon || endsInCommand;
  if (opened > closed && !isEnded) return undefined;
  return { from, to, sql, isEnded };
}

/** PostgreSQL and DuckDB derive the types of values to come from what a driver says, which is not there yet. */
function preparesParameter(parameter: string, dialect: Dialect): boolean {
  if (dialect === 'sqlite') return true;
  return dialect === 'mysql' && (parameter === '?' || parameter.startsWith('@'));
}

/** Adds the names in the head of a CREATE or ALTER; false where it makes something that statements use without a name. */
function addMadeNames(text: string, tokens: readonly Token[], made: Set<string>): boolean {
  const [head, ...rest] = tokens;
  const isAlter = head !== undefined && text.slice(head.from, head.to).toLowerCase() === 'alter';
  for (const token of rest) {
    const raw = text.slice(token.from, token.to).toLowerCase();
    if (isAlter && token === rest[0] && valueKinds.has(raw)) return false;
    if (raw === '(' || raw === 'as') return true;
    if (token.kind === 'word' && namelessKinds.has(raw)) return false;
    if (token.kind === 'quoted' || (token.kind === 'word' && !headWords.has(raw)))
      made.add(identifierName(token, text).toLowerCase());
  }
  return true;
}

/**
 * The mark for the database's verdict. Undefined when it accepts the statement or cannot tell, when it misses only the end of
 * a statement that is still being written, and when only our connection lacks something, e.g. an extension.
 */
export function markOf(
  asked: AskedStatement,
  verdict: Verdict | undefined,
  dialect: Dialect,
): DatabaseMark | undefined {
  if (verdict === undefined || verdict.ok || verdict.message === '') return undefined;
  if (isOfTheConnection(asked, verdict, dialect)) return undefined;
  if (!asked.isEnded && isAtEnd(asked, verdict)) return undefined;
  const tokens = tokenize(asked.sql, dialect).filter(
    ({ kind }) => kind !== 'whitespace' && kind !== 'comment',
  );
  const at = verdict.offset ?? placeOfName(verdict.message, asked.sql, dialect) ?? 0;
  // When the error is at the end of the statement, the last word is marked: there is nothing behind it.
  const token = tokens.find(({ to }) => to > at) ?? tokens.at(-1);
  if (token === undefined) return undefined;
  return {
    from: asked.from + token.from,
    to: asked.from + token.to,
    code: 'database',
    message: verdict.message,
    fixes: [],
  };
}

function isAtEnd({ sql }: AskedStatement, { message, offset }: Refusal): boolean {
  return (
    (offset !== undefined && offset >= sql.length) ||
    /end of (?:input|statement)|incomplete input|near '' at line/i.test(message)
  );
}

/**
 * True when the refusal may be due to our connection alone. It loads no extensions, attaches no files and has no functions
 * that a program defined; the person's own connection may.
 */
function isOfTheConnection({ sql }: AskedStatement, { message }: Refusal, dialect: Dialect): boolean {
  if (dialect === 'sqlite')
    return /^no such (?:function|module|collation)|^no such table: (?!main\.|temp\.)[^.]+\./i.test(message);
  if (dialect !== 'duckdb') return false;
  if (
    !/^(?:parser|catalog|binder|conversion)\b/i.test(message) ||
    /extension|disabled|^binder error: catalog /i.test(message)
  )
    return true;
  const table = /table with name "?(.+?)"? does not exist/i.exec(message)?.[1];
  return table !== undefined && (/[./\\*:]/.test(table) || sql.includes(`'${table}'`));
}

/** What messages that quote no name say before one: `no such column: a`, `FUNCTION shop.f does not exist`. */
const behindNoun =
  /(?<=\b(?:function|aggregate|window|index|column|table|name|named):? )[\p{L}_][\p{L}\p{N}_.$]*/giu;

/** Where the name or token stands first that the message tells; a bare name is sought where no dot stands before it. */
function placeOfName(message: string, sql: string, dialect: Dialect): number | undefined {
  const quoted = [...message.matchAll(/["'`«“]([^"'`»”]+)["'`»”]/g)];
  const named = [...message.matchAll(/: ([\w.]+)$/g), ...message.matchAll(behindNoun)];
  const tokens = tokenize(sql, dialect).filter(({ kind }) => kind !== 'whitespace' && kind !== 'comment');
  const keys = tokens.map((token) => {
    const isName = token.kind === 'word' || token.kind === 'quoted';
    return (isName ? identifierName(token, sql) : sql.slice(token.from, token.to)).toLowerCase();
  });
  for (const [whole, name = whole] of [...quoted, ...named]) {
    const places = keys.flatMap((key, i) => (key === name.toLowerCase() && keys[i - 1] !== '.' ? [i] : []));
    const path = name.toLowerCase().split('.');
    const ofPath = keys.findIndex((_, i) => path.every((part, k) => keys[i + 2 * k] === part));
    const at = places[0] ?? (path.length > 1 && ofPath >= 0 ? ofPath + 2 * path.length - 2 : undefined);
    const place = tokens[at ?? -1]?.from ?? onlyPlaceOf(path.at(-1) ?? '', sql, dialect);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** The refusals that tell of no fault that is marked already: not at its place, and not of its name. */
export function marksBeside(
  marks: readonly { readonly asked: AskedStatement; readonly mark: DatabaseMark }[],
  own: readonly Diagnostic[],
  text: string,
): readonly DatabaseMark[] {
  return marks
    .filter(({ asked, mark }) => {
      const within = own.filter(({ from, to }) => asked.from <= from && to <= asked.to);
      return !within.some(
        (one) =>
          (one.from < mark.to && mark.from < one.to) ||
          (one.code === 'value-count'
            ? isAboutCounts(mark.message)
            : names(mark.message, text.slice(one.from, one.to))),
      );
    })
    .map(({ mark }) => mark);
}

/** The server counts columns and values as well, and says so at another place. */
const isAboutCounts = (message: string): boolean =>
  /\bcolumns?\b/i.test(message) && /\b(?:values?|expressions?)\b/i.test(message);

/** Whether the message says the name as a word of its own, quoted or not. */
function names(message: string, written: string): boolean {
  const name = written.replace(/^["`[]|["`\]]$/g, '').toLowerCase();
  const words = message.toLowerCase().split(/[^\p{L}\p{N}_$]+/u);
  return words.includes(name) || (/\W/.test(name) && message.toLowerCase().includes(name));
}
