/**
 * Tables that DROP, ALTER, TRUNCATE, CREATE INDEX and other commands name, and that the database does not have; and
 * columns of those that it has. Judged only where the schema is known to be complete, and never where the text itself
 * makes, alters or renames the table, or says IF EXISTS.
 */
import { hasColumns } from '../../resolve/relationColumns';
import { isSystemRelation, pseudoColumns } from '../../resolve/pseudoNames';
import type { Dialect, Schema, Table } from '../../schema/model';
import { SchemaNames } from '../../schema/names';
import { nearestNames } from '../../sql/nearest';
import { statementTokens, type Statement } from '../../sql/statements/statements';
import { identifierName, isFilledIn, nameKey, type Token } from '../../sql/tokens';
import { createdNames } from './createdNames';
import type { Diagnostic } from './diagnostic';

/** Words that stand where a name could, and choose another database or kind of object. */
const noNames = new Set([
  'from',
  'to',
  'database',
  'binary',
  'all',
  'schema',
  'sequence',
  'index',
  'type',
  'foreign',
]);
const elsewhere = /^\s*(?:use|attach|detach|\\c|\\connect|\.open)\b/im;
/** What PostgreSQL's ALTER TABLE does to indexes as well. */
const ofIndexes = new Set(['rename', 'set', 'reset', 'owner', 'attach']);
/** Words before the name of what a command is about. */
const beforeName = new Set(['table', 'only', 'view', 'materialized', 'verbose', 'concurrently']);

export function missingTargets(
  text: string,
  statements: readonly Statement[],
  schema: Schema,
  dialect: Dialect,
): ReadonlyMap<Statement, readonly Diagnostic[]> {
  const found = new Map<Statement, readonly Diagnostic[]>();
  if (schema.isComplete !== true || elsewhere.test(text)) return found;
  let made: ReadonlySet<string> | undefined;
  for (const statement of statements) {
    const command = new Command(text, statementTokens(text, statement, dialect), schema, dialect);
    const targets = command.targets();
    if (targets.length === 0) continue;
    // A table that this statement alone alters is not made by the text.
    made ??= createdNames(text, statements, dialect);
    const others =
      made.size === 0
        ? made
        : createdNames(
            text,
            statements.filter((s) => s !== statement),
            dialect,
          );
    const problems = targets.flatMap((target) => command.problemsOf(target, others));
    if (problems.length > 0) found.set(statement, problems);
  }
  return found;
}

/** A table, by the tokens of its path, and the tokens of the columns that it must have. */
interface Target {
  readonly path: readonly number[];
  readonly columns: readonly number[];
}

class Command {
  constructor(
    private readonly text: string,
    private readonly tokens: readonly Token[],
    private readonly schema: Schema,
    private readonly dialect: Dialect,
  ) {}

  targets(): readonly Target[] {
    const words = [this.word(0), this.word(1), this.word(2)];
    const [first, second] = words;
    if (this.tokens.some((_, i) => i < 6 && this.word(i) === 'exists' && this.word(i - 1) === 'if'))
      return [];
    switch (first) {
      case 'drop':
        return ['table', 'view'].includes(second ?? '') || (second === 'materialized' && words[2] === 'view')
          ? this.list(1)
          : [];
      case 'truncate':
        return this.list(1);
      case 'lock':
        return this.dialect === 'postgres' ? this.list(1) : [];
      case 'alter':
        return second === 'table' ? this.altered() : [];
      case 'create':
        return this.created();
      case 'copy':
        return this.word(1) === '' && this.raw(1) === '(' ? [] : this.one(1, true);
      case 'refresh':
        return second === 'materialized' ? this.one(2, false) : [];
      case 'analyze':
        return this.dialect === 'postgres' && this.tokens.length > 1 && this.raw(1) !== '('
          ? this.list(1)
          : [];
      case 'comment':
        return this.commented();
      default:
        return [];
    }
  }

  problemsOf({ path, columns }: Target, others: ReadonlySet<string>): readonly Diagnostic[] {
    const last = path.at(-1) ?? 0;
    const names = SchemaNames.of(this.schema);
    const namespace = path.length > 1 ? this.key(path.at(-2) ?? 0) : undefined;
    if (path.length > 2 || others.has(this.name(last).toLowerCase())) return [];
    if (isSystemRelation(namespace ?? this.key(last)) || namespace === 'temp') return [];
    // SQLite's and DuckDB's other schemas may be attached.
    if (namespace !== undefined && this.dialect !== 'postgres' && !names.isNamespace(namespace)) return [];
    const table = names.table(this.key(last), namespace);
    if (table === undefined) {
      if (this.isMadeBefore(this.name(last))) return [];
      const near = nearestNames(this.key(last), this.schema.tables.map(({ name }) => name)); // prettier-ignore
      return [this.problem(last, 'unknown-table', `Unknown table ${this.name(last)}.`, near)];
    }
    if (!hasColumns(table) || table.kind === 'view') return [];
    return columns.flatMap((i) => this.missingColumn(i, table, names));
  }

  /** Whether the text before makes it in a way that is not read: in a string, or in the body of a function. */
  private isMadeBefore(name: string): boolean {
    const before = this.text.slice(0, this.tokens[0]?.from ?? 0).toLowerCase();
    return before
      .split(';')
      .some((part) => /\b(?:create|into|rename)\b/.test(part) && part.includes(name.toLowerCase()));
  }

  private missingColumn(i: number, table: Table, names: SchemaNames): readonly Diagnostic[] {
    const key = this.key(i);
    if (names.column(table, key) !== undefined || pseudoColumns[this.dialect].includes(key.toLowerCase()))
      return [];
    const near = nearestNames(key, table.columns.map(({ name }) => name)); // prettier-ignore
    return [this.problem(i, 'unknown-column', `${table.name} has no column ${this.name(i)}.`, near)];
  }

  private problem(
    i: number,
    code: 'unknown-table' | 'unknown-column',
    message: string,
    near: readonly string[],
  ): Diagnostic {
    const { from, to } = this.tokens[i] ?? { from: 0, to: 0 };
    const fixes = near.slice(0, 1).map((name) => ({ title: `Change to ${name}`, from, to, text: name }));
    return { from, to, code, message, fixes };
  }

  /** ALTER TABLE t ALTER | DROP | RENAME [COLUMN] c: columns only where nothing is added by the same statement. */
  private altered(): readonly Target[] {
    const [target] = this.one(2, false);
    if (target === undefined) return [];
    const start = (target.path.at(-1) ?? 0) + 1;
    if (this.dialect === 'postgres' && ofIndexes.has(this.word(start)) && this.word(start + 1) !== 'column')
      return [];
    const columns: number[] = [];
    const isAdding = this.tokens.some((_, i) => this.word(i) === 'add');
    for (let i = start; i < this.tokens.length && !isAdding; i++) {
      const isAction = i === start || this.raw(i - 1) === ',';
      if (!isAction || !['alter', 'drop', 'rename'].includes(this.word(i))) continue;
      const hasWord = this.word(i + 1) === 'column';
      if (hasWord && this.isName(i + 2) && this.word(i + 2) !== 'if') columns.push(i + 2);
    }
    return [{ ...target, columns }];
  }

  /** CREATE [UNIQUE] INDEX … ON t (a, b DESC), CREATE TRIGGER … ON t. */
  private created(): readonly Target[] {
    const kind = this.tokens.findIndex(
      (_, i) => i > 0 && i < 4 && ['index', 'trigger'].includes(this.word(i)),
    );
    if (kind < 0) return [];
    const isPlain = this.tokens.every((_, i) => i < 1 || i >= kind || ['unique', 'or', 'replace', 'temp', 'temporary', 'constraint'].includes(this.word(i))); // prettier-ignore
    if (!isPlain) return [];
    const on = this.tokens.findIndex((_, i) => i > kind && this.word(i) === 'on');
    if (on < 0) return [];
    return this.one(on + 1, this.word(kind) === 'index');
  }

  /** COMMENT ON TABLE t, COMMENT ON COLUMN t.c */
  private commented(): readonly Target[] {
    if (this.word(2) === 'table') return this.one(3, false);
    if (this.word(2) !== 'column') return [];
    const path = this.path(3);
    const column = path.at(-1);
    return path.length < 2 || column === undefined ? [] : [{ path: path.slice(0, -1), columns: [column] }];
  }

  /** Names with commas between them. */
  private list(i: number): readonly Target[] {
    const targets: Target[] = [];
    for (let at = i; ;) {
      const [target] = this.one(at, this.word(0) === 'analyze');
      if (target === undefined) return targets;
      targets.push(target);
      let next = (target.path.at(-1) ?? at) + 1;
      if (this.raw(next) === '*') next++;
      if (this.raw(next) !== ',') return targets;
      at = next + 1;
    }
  }

  /** @param hasColumns whether plain names in parentheses behind the table are columns */
  private one(i: number, hasColumnList: boolean): readonly Target[] {
    let at = i;
    while (beforeName.has(this.word(at))) at++;
    const path = this.path(at);
    const last = path.at(-1);
    if (last === undefined) return [];
    let opening = last + 1;
    if (this.word(opening) === 'using' && hasColumnList) opening += 2;
    return [{ path, columns: hasColumnList && this.raw(opening) === '(' ? this.columnList(opening) : [] }];
  }

  private columnList(opening: number): readonly number[] {
    const columns: number[] = [];
    let depth = 0;
    for (let i = opening; i < this.tokens.length; i++) {
      const raw = this.raw(i);
      if (raw === '(') depth++;
      else if (raw === ')' && --depth === 0) break;
      const begins = depth === 1 && (i === opening + 1 || this.raw(i - 1) === ',');
      // An expression, or the function of one.
      const isPlain =
        this.isName(i) && !['(', '.', '+', '-', '*', '/', '||', '->', '->>', '::'].includes(this.raw(i + 1));
      // SQLite takes a quoted name that it does not know for a string.
      const isSure = this.dialect !== 'sqlite' || this.tokens[i]?.kind === 'word';
      if (begins && isPlain && isSure) columns.push(i);
    }
    return columns;
  }

  private path(i: number): readonly number[] {
    const path: number[] = [];
    for (let k = i; this.isName(k) && !noNames.has(this.word(k)); k += 2) {
      path.push(k);
      const [token, next] = [this.tokens[k], this.tokens[k + 1]];
      // A name that is still to be filled in: logs_${year}.
      if (isFilledIn(next?.kind) && next?.from === token?.to) return [];
      if (this.raw(k + 1) !== '.') return path;
    }
    return [];
  }

  private isName(i: number): boolean {
    const token = this.tokens[i];
    return token !== undefined && token.closed && (token.kind === 'word' || token.kind === 'quoted');
  }

  private raw(i: number): string {
    const token = this.tokens[i];
    return token === undefined ? '' : this.text.slice(token.from, token.to);
  }

  private word(i: number): string {
    return this.tokens[i]?.kind === 'word' ? this.raw(i).toLowerCase() : '';
  }

  private name(i: number): string {
    const token = this.tokens[i];
    return token === undefined ? '' : identifierName(token, this.text);
  }

  private key(i: number): string {
    return nameKey(this.name(i), this.tokens[i]?.kind === 'quoted', this.dialect);
  }
}
