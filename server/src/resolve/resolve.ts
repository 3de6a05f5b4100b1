/**
 * What every identifier of a statement stands for in a schema: table, column, alias, CTE, function. Total over
 * unfinished text. Where text or schema do not tell, a name stays without a problem: what is reported is certain.
 */
import type { Column, Dialect, Schema, Table } from '../schema/model';
import { functionsOf } from '../sql/keywords';
import { nearestNames } from '../sql/nearest';
import { ColumnResolver, goesBy, withRelation } from './resolveColumns';
import { framesOutwards } from '../sql/shape/scope';
import { readShape, type Frame, type RelationInScope, type Shape } from '../sql/shape/shape';
import { routineOf } from '../sql/statements/routines';
import type { Statement } from '../sql/statements/statements';
import { isSystemRelation } from './pseudoNames';
import { schemaWithRows, triggerRows } from './triggerRows';
import { identifierName } from '../sql/tokens';

export type ResolvedKind =
  | 'namespace'
  | 'table'
  | 'cte'
  /** What a relation goes by in its query: an alias, or the name of a table, CTE or derived table used as such. */
  | 'alias'
  | 'column'
  | 'select-alias'
  | 'function'
  | 'window';

export type Problem = 'unknown-table' | 'unknown-column' | 'ambiguous-column';

/** One identifier of a statement. Offsets are document offsets, `to` is exclusive and stands behind the quotes. */
export interface Resolved {
  readonly from: number;
  readonly to: number;
  /** Unquoted, as written. */
  readonly name: string;
  readonly kind: ResolvedKind;
  /** True where the text introduces the name. */
  readonly declares?: true;
  /** The table it is, or that its column belongs to. */
  readonly table?: Table;
  readonly column?: Column;
  /** The relation of the query that it stands for, or whose column it is. */
  readonly relation?: RelationInScope;
  /** The text's own column that it names (of a CTE or derived table): range of the token that introduces it. */
  readonly origin?: { readonly from: number; readonly to: number };
  readonly problem?: Problem;
  /**
   * With a problem: what could be meant, best first: names as the schema or the text spells them; for an ambiguous
   * column what may stand before its dot. Computed when called.
   */
  readonly candidates?: () => readonly string[];
}

/**
 * Resolves the identifiers of one statement of the text, in order of place. Keywords and literals give nothing.
 * Statements in the body of a trigger or routine are resolved as well; a name alone may be a variable there.
 */
export function resolveStatement(
  text: string,
  statement: Statement,
  schema: Schema,
  dialect: Dialect,
): readonly Resolved[] {
  return resolveParts(text, statement, schema, dialect).flatMap((part) => part.resolved);
}

/** The same with the shapes it was read from: of the statement, or of a routine's head and the statements of its body. */
export function resolveParts(
  text: string,
  statement: Statement,
  schema: Schema,
  dialect: Dialect,
): readonly { readonly shape: Shape; readonly resolved: readonly Resolved[] }[] {
  const part = (shape: Shape, around?: Surroundings) => ({
    shape,
    resolved: resolveShape(text, shape, schema, dialect, around),
  });
  const routine = routineOf(text, statement, dialect);
  if (routine === undefined) {
    const shape = readShape(text, statement, dialect);
    const first = shape.tokens[0];
    const word = first === undefined ? '' : text.slice(first.from, first.to).toLowerCase();
    return [part(shape, { judges: judged.has(word) })];
  }
  const head = part(readShape(text, routine.head, dialect));
  const rows = triggerRows(text, statement, schema, dialect);
  const rowTable = rows[0]?.table;
  const around = { judges: !routine.hasVariables, ...(rowTable === undefined ? {} : { rowTable }) };
  const known = schemaWithRows(schema, rows);
  const within = (inner: Statement, surroundings: Surroundings) => {
    const shape = readShape(text, inner, dialect);
    return { shape, resolved: resolveShape(text, shape, known, dialect, surroundings) };
  };
  return [
    head,
    ...routine.body.map((inner) => within(inner, around)),
    // Of the routine's own language only the rows of a trigger are known.
    ...(rowTable === undefined
      ? []
      : routine.control.map((inner) => within(inner, { rowTable, judges: false }))),
  ];
}

/** First words of statements whose grammar is read well enough to tell what is wrong. */
const judged = new Set(
  'select with insert replace update delete merge from values table create explain ('.split(' '),
);

/** What holds around a statement that stands in a routine. */
export interface Surroundings {
  /** False where nothing may be told as a problem. */
  readonly judges: boolean;
  /** The table whose row NEW and OLD are. */
  readonly rowTable?: Table;
}

/** The same for a statement that is read already. */
export function resolveShape(
  text: string,
  shape: Shape,
  schema: Schema,
  dialect: Dialect,
  around?: Surroundings,
): readonly Resolved[] {
  return new Resolver(text, shape, schema, dialect, around).resolve();
}

/** Qualifiers that exist in triggers, upserts and T-SQL's OUTPUT. */
const pseudoQualifiers = new Set(['new', 'old', 'excluded', 'inserted', 'deleted', 'values']);

class Resolver extends ColumnResolver {
  resolve(): readonly Resolved[] {
    const { tokens } = this.shape;
    for (let i = 0; i < tokens.length;) i = Math.max(i + 1, this.step(i));
    return [...this.meanings]
      .sort(([a], [b]) => a - b)
      .flatMap(([i, meaning]) => {
        const token = tokens[i];
        if (token === undefined) return [];
        return [{ from: token.from, to: token.to, name: identifierName(token, this.text), ...meaning }];
      });
  }

  /** Resolves the name or path that begins at i; returns the token to go on from. */
  private step(i: number): number {
    if (!this.visible.isName(i)) return i + 1;
    const path = [i];
    for (let k = i; this.visible.isName(k + 2) && this.words.isMember(k + 2); k += 2) path.push(k + 2);
    const last = path.at(-1) ?? i;
    const frame = this.shape.frames[i] ?? this.shape.root;
    const role = this.shape.roles.get(last) ?? this.shape.roles.get(i);
    switch (role) {
      case 'relation':
      case 'namespace':
        this.relation(path, frame, role === 'relation');
        break;
      case 'relation-alias':
        this.declaredAlias(last, frame);
        break;
      case 'cte-name':
        this.meanings.set(last, { kind: 'cte', declares: true });
        break;
      case 'column-list':
      case 'select-alias':
        this.meanings.set(last, { kind: role === 'select-alias' ? role : 'column', declares: true });
        // `SELECT t.a b`: the path in front is a token of its own.
        break;
      case 'insert-column':
        this.targetColumn(last, frame);
        break;
      case 'using-column':
        this.usingColumn(last, frame);
        break;
      case 'window-name':
      case 'declared':
        break;
      default:
        // A member of what is no name: `${table}.id`.
        if (this.words.raw(i - 1) !== '.') this.expression(path, frame);
    }
    return last + 1;
  }

  private expression(path: readonly number[], frame: Frame): void {
    const [first = 0] = path;
    const last = path.at(-1) ?? first;
    const clause = this.visible.clause(first);
    const qualified = path.length > 1 || this.words.raw(last + 1) === '.';
    if (this.words.raw(last + 1) === '(' && !this.words.isKeyword(last) && clause !== 'ddl') {
      this.meanings.set(last, { kind: 'function' });
      return;
    }
    if (clause === 'ddl') this.definition(path, frame);
    else if (qualified) this.qualified(path, frame);
    else if (this.words.isWindowName(first, clause)) this.meanings.set(first, { kind: 'window' });
    else if (this.words.isNoIdentifier(first, clause)) this.functionWord(first);
    else this.single(first, frame);
  }

  /** Some words are keywords and functions: `left(name, 1)`. */
  private functionWord(i: number): void {
    if (this.words.raw(i + 1) === '(' && functionsOf(this.dialect).has(this.words.raw(i)))
      this.meanings.set(i, { kind: 'function' });
  }

  // Relations

  private relation(path: readonly number[], frame: Frame, isWhole: boolean): void {
    const last = path.at(-1) ?? 0;
    for (const k of isWhole ? path.slice(0, -1) : path) this.meanings.set(k, { kind: 'namespace' });
    if (!isWhole) return;
    const token = this.shape.tokens[last];
    const relation = this.visible.relationAt(last, frame);
    const key = this.visible.key(last);
    if (path.length === 1) {
      const cte = this.visible.commonTable(key, frame, last);
      if (cte !== undefined) {
        this.meanings.set(last, { kind: 'cte', ...withRelation(relation), ...this.originOf(cte.nameToken) });
        return;
      }
    }
    // UPDATE t … FROM tables t, DELETE FROM t USING tables t: what is written to goes by its alias.
    const named = path.length > 1 ? undefined : this.visible.aliased(key, frame);
    if (named !== undefined && named !== relation && named.from > (token?.from ?? 0)) {
      this.meanings.set(last, this.aliasMeaning(named));
      return;
    }
    const namespace = path.length > 1 ? this.visible.key(path.at(-2) ?? 0) : undefined;
    const table = this.names.table(key, namespace);
    if (table !== undefined) {
      this.meanings.set(last, { kind: 'table', table, ...withRelation(relation) });
      return;
    }
    const isForeign = isSystemRelation(namespace ?? key) || key.startsWith('#') || token === undefined;
    // A part of a longer path may be a catalogue that the schema does not tell about.
    const isElsewhere =
      path.length > 2 ||
      (namespace !== undefined && !this.names.isNamespace(namespace)) ||
      this.introducesTables() ||
      this.mayBringTables(last);
    const known = isForeign || isElsewhere || !this.judges;
    this.meanings.set(last, {
      kind: 'table',
      ...withRelation(relation),
      ...(known ? {} : this.unknownTable(key, frame)),
    });
  }

  /** CREATE TABLE … AS, SELECT … INTO and the like make the table they name. */
  private introducesTables(): boolean {
    return ['create', 'alter', 'drop', 'declare', 'attach'].includes(this.words.raw(0));
  }

  /** Whether a placeholder stands before token i where common tables do. */
  private mayBringTables(i: number): boolean {
    return this.shape.tokens.some(
      ({ kind }, k) => k < i && kind === 'placeholder' && ['none', 'with'].includes(this.visible.clause(k)),
    );
  }

  private declaredAlias(i: number, frame: Frame): void {
    const relation = this.visible.relationAt(i, frame);
    const table = relation && this.visible.columns.tableOf(relation);
    this.meanings.set(i, {
      kind: 'alias',
      declares: true,
      ...withRelation(relation),
      ...(table === undefined ? {} : { table }),
    });
  }

  private unknownTable(key: string, frame: Frame): Pick<Resolved, 'problem' | 'candidates'> {
    return {
      problem: 'unknown-table',
      candidates: () =>
        nearestNames(key, [
          ...framesOutwards(frame).flatMap((f) => f.ctes.map((c) => c.name)),
          ...this.names.schema.tables.map((t) => t.name),
        ]),
    };
  }

  // Paths

  private qualified(path: readonly number[], frame: Frame): void {
    const [first = 0, second, third] = path;
    const key = this.visible.key(first);
    const relation = this.visible.qualifier(key, first, frame);
    if (relation !== undefined) {
      this.meanings.set(first, this.aliasMeaning(relation));
      if (second !== undefined) this.member(second, relation, frame);
      return;
    }
    const isNamespace = this.names.isNamespace(key) || isSystemRelation(key);
    if (second !== undefined && isNamespace) {
      const table = this.visible.relationNamed(this.visible.key(second), key, first, frame);
      if (table !== undefined) {
        this.meanings.set(first, { kind: 'namespace' });
        this.meanings.set(second, this.aliasMeaning(table));
        if (third !== undefined) this.member(third, table, frame);
        return;
      }
    }
    if (isSystemRelation(key) || pseudoQualifiers.has(key.toLowerCase())) {
      this.pseudoMember(path, frame);
      return;
    }
    // DuckDB's structs, PostgreSQL's composites: the first name is a column.
    const found = this.visible.find(key, first, frame);
    if (found.kind === 'one' || found.kind === 'several') {
      this.meanings.set(
        first,
        this.columnMeaning(found.kind === 'one' ? found.relation : undefined, found.column),
      );
      return;
    }
    const table = this.names.table(key);
    const isJudged =
      found.kind === 'none' &&
      path.length <= 2 &&
      !isNamespace &&
      // MySQL lets the row that could not be inserted have a name.
      !(this.dialect === 'mysql' && frame.marks.some((m) => m.clause === 'conflict')) &&
      this.mayJudge(first, frame) &&
      this.visible.isComplete(first, frame);
    this.meanings.set(first, {
      kind: 'alias',
      ...(table === undefined ? {} : { table }),
      ...(isJudged ? this.unknownQualifier(first, second, frame) : {}),
    });
    if (second === undefined) return;
    const column = table && this.names.column(table, this.visible.key(second));
    this.meanings.set(second, { kind: 'column', ...(table && column ? { table, column } : {}) });
  }

  private unknownQualifier(
    i: number,
    member: number | undefined,
    frame: Frame,
  ): Pick<Resolved, 'problem' | 'candidates'> {
    const relations = this.visible.relationsAround(i, frame);
    return {
      problem: 'unknown-table',
      candidates: () => {
        const having =
          member === undefined
            ? []
            : relations.filter((r) => this.visible.columns.find(r, this.visible.key(member)) !== undefined);
        const near = nearestNames(this.visible.key(i), relations.map(goesBy));
        return [...new Set([...near, ...having.map(goesBy)])];
      },
    };
  }

  private member(i: number, relation: RelationInScope, frame: Frame): void {
    const key = this.visible.key(i);
    const column = this.visible.columns.find(relation, key);
    if (column !== undefined) {
      this.meanings.set(i, this.columnMeaning(relation, column));
      return;
    }
    const isJudged =
      this.judges &&
      this.visible.columns.isKnown(relation) &&
      !this.visible.isPseudoColumn(key) &&
      !frame.opaque;
    this.meanings.set(i, {
      kind: 'column',
      relation,
      ...(isJudged ? this.unknownColumn(key, [relation]) : {}),
    });
  }

  /** `excluded.name`, `new.name`: a column of what is written to. */
  private pseudoMember(path: readonly number[], frame: Frame): void {
    const [first = 0, second] = path;
    this.meanings.set(first, { kind: isSystemRelation(this.visible.key(first)) ? 'namespace' : 'alias' });
    if (second === undefined) return;
    const row = this.around?.rowTable;
    if (row !== undefined && ['new', 'old'].includes(this.words.raw(first))) {
      const column = this.names.column(row, this.visible.key(second));
      this.meanings.set(first, { kind: 'alias', table: row });
      this.meanings.set(second, { kind: 'column', table: row, ...(column === undefined ? {} : { column }) });
      return;
    }
    const target = framesOutwards(frame)
      .flatMap((f) => f.relations)
      .find((r) => r.target !== undefined);
    const isExcluded = this.words.raw(first) === 'excluded' && target !== undefined;
    const column = target && this.visible.columns.find(target, this.visible.key(second));
    if (column !== undefined && target !== undefined)
      this.meanings.set(second, this.columnMeaning(target, column));
    else if (isExcluded) this.member(second, target, frame);
    else this.meanings.set(second, { kind: 'column' });
  }

  // DDL

  /** Names in CREATE, ALTER and DROP: tables and columns where they are known; never a problem. */
  private definition(path: readonly number[], frame: Frame): void {
    const last = path.at(-1) ?? 0;
    const namespace = path.length > 1 ? this.visible.key(path.at(-2) ?? 0) : undefined;
    const key = this.visible.key(last);
    const before = this.words.raw((path[0] ?? 0) - 1);
    if (['table', 'view', 'references', 'exists', 'truncate', 'materialized', ','].includes(before)) {
      const table = this.names.table(key, namespace);
      const isColumn = before === ',' && this.words.raw(0) !== 'drop' && this.words.raw(0) !== 'truncate';
      if (table !== undefined && !isColumn) {
        for (const k of path.slice(0, -1)) this.meanings.set(k, { kind: 'namespace' });
        this.meanings.set(last, { kind: 'table', table });
        return;
      }
    }
    if (this.words.isKeyword(last)) return;
    for (const relation of frame.relations) {
      const column = this.visible.columns.find(relation, key);
      if (column !== undefined) this.meanings.set(last, this.columnMeaning(relation, column));
    }
  }
}
