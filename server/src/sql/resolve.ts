/**
 * What every identifier of a statement stands for in a schema: table, column, alias, CTE, function. Total over
 * unfinished text. Where text or schema do not tell, a name stays without a problem: what is reported is certain.
 */
import type { Column, Dialect, Schema, Table } from '../schema/model';
import { nameKey, SchemaNames } from '../schema/names';
import { functionsOf } from './keywords';
import { nearestNames } from './nearest';
import { RelationColumns, type RelationColumn } from './relationColumns';
import { clauseAt, framesOutwards, visibleFrames } from './scope';
import {
  readShape,
  type Clause,
  type CommonTable,
  type Frame,
  type RelationInScope,
  type Shape,
} from './shape';
import type { Statement } from './statements';
import { pseudoColumns, isSystemRelation, selectAliasesIn } from './dialects';
import { identifierName } from './tokens';
import { Words } from './words';

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

/** Resolves the identifiers of one statement of the text, in order of place. Keywords and literals give nothing. */
export function resolveStatement(
  text: string,
  statement: Statement,
  schema: Schema,
  dialect: Dialect,
): readonly Resolved[] {
  return resolveShape(text, readShape(text, statement, dialect), schema, dialect);
}

/** The same for a statement that is read already. */
export function resolveShape(
  text: string,
  shape: Shape,
  schema: Schema,
  dialect: Dialect,
): readonly Resolved[] {
  return new Resolver(text, shape, schema, dialect).resolve();
}

/** What a name alone finds in the relations of the queries around it. */
type Found =
  | { readonly kind: 'one'; readonly relation: RelationInScope; readonly column: RelationColumn }
  | {
      readonly kind: 'several';
      readonly relations: readonly RelationInScope[];
      readonly column: RelationColumn;
    }
  | { readonly kind: 'none' }
  /** It may be a column of a relation whose columns are not known, or that is not written yet. */
  | { readonly kind: 'open' };

type Meaning = Omit<Resolved, 'from' | 'to' | 'name'>;

/** Qualifiers that exist in triggers, upserts and T-SQL's OUTPUT. */
const pseudoQualifiers = new Set(['new', 'old', 'excluded', 'inserted', 'deleted', 'values']);

class Resolver {
  private readonly names: SchemaNames;
  private readonly columns: RelationColumns;
  private readonly words: Words;
  /** Whether problems are told at all. */
  private readonly judges: boolean;
  private readonly meanings = new Map<number, Meaning>();

  constructor(
    private readonly text: string,
    private readonly shape: Shape,
    schema: Schema,
    private readonly dialect: Dialect,
  ) {
    this.names = SchemaNames.of(schema);
    this.columns = new RelationColumns(text, shape, this.names);
    this.words = new Words(text, shape, dialect);
    this.judges = schema.tables.length > 0;
  }

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
    if (!this.isName(i)) return i + 1;
    const path = [i];
    for (let k = i; this.isName(k + 2) && this.words.isMember(k + 2); k += 2) path.push(k + 2);
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
        this.expression(path, frame);
    }
    return last + 1;
  }

  private expression(path: readonly number[], frame: Frame): void {
    const [first = 0] = path;
    const last = path.at(-1) ?? first;
    const clause = this.clause(first);
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
    const relation = frame.relations.find((r) => r.nameToken === last);
    const key = this.key(last);
    if (path.length === 1) {
      const cte = this.commonTable(key, frame, last);
      if (cte !== undefined) {
        this.meanings.set(last, { kind: 'cte', ...withRelation(relation), ...this.originOf(cte.nameToken) });
        return;
      }
    }
    const namespace = path.length > 1 ? this.key(path.at(-2) ?? 0) : undefined;
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
      this.introducesTables();
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

  private commonTable(key: string, frame: Frame, i: number): CommonTable | undefined {
    const wanted = key.toLowerCase();
    for (const f of framesOutwards(frame)) {
      // A later one of the same name does not hide the schema's table in the body of an earlier one.
      const found = f.ctes.findLast((c) => c.name.toLowerCase() === wanted && (c.nameToken ?? 0) < i);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private declaredAlias(i: number, frame: Frame): void {
    const relation = frame.relations.find((r) => r.aliasToken === i);
    const table = relation && this.columns.tableOf(relation);
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

  // Columns

  private single(i: number, frame: Frame): void {
    const key = this.key(i);
    const clause = this.clause(i);
    if (clause === 'set' && this.isSetTarget(i)) {
      this.targetColumn(i, frame);
      return;
    }
    const aliases = selectAliasesIn(clause, this.dialect);
    if (aliases === 'first' && this.selectAlias(i, key, frame)) return;
    const found = this.find(key, i, frame);
    if (found.kind === 'one') {
      this.meanings.set(i, this.columnMeaning(found.relation, found.column));
      return;
    }
    if (aliases !== 'never' && this.selectAlias(i, key, frame)) return;
    if (found.kind === 'several') {
      const { relations } = found;
      this.meanings.set(i, {
        kind: 'column',
        ...this.columnOf(found.column),
        ...(this.judges ? { problem: 'ambiguous-column', candidates: () => relations.map(goesBy) } : {}),
      });
      return;
    }
    // A table's name may stand for its whole row, a table function's for its value.
    const relation = this.qualifier(key, i, frame);
    if (relation !== undefined) {
      this.meanings.set(i, this.aliasMeaning(relation));
      return;
    }
    this.meanings.set(i, {
      kind: 'column',
      ...(found.kind === 'none' && this.mayJudge(i, frame)
        ? this.unknownColumn(key, this.relationsAround(i, frame))
        : {}),
    });
  }

  /** Whether an unknown name at i is certainly wrong, as far as its place tells. */
  private mayJudge(i: number, frame: Frame): boolean {
    if (!this.judges || frame.opaque) return false;
    if (this.isPseudoColumn(this.key(i))) return false;
    const token = this.shape.tokens[i];
    // SQLite takes a name in double quotes that it does not know for a string.
    if (token?.kind === 'quoted' && this.dialect === 'sqlite' && this.text.charAt(token.from) === '"')
      return false;
    if (this.words.raw(i - 1) === '[' || this.words.raw(i - 1) === '@') return false;
    const clause = this.clause(i);
    return (
      clause !== 'none' &&
      clause !== 'with' &&
      clause !== 'values' &&
      clause !== 'limit' &&
      clause !== 'window'
    );
  }

  private isPseudoColumn(key: string): boolean {
    return pseudoColumns[this.dialect].includes(key.toLowerCase());
  }

  private unknownColumn(
    key: string,
    relations: readonly RelationInScope[],
  ): Pick<Resolved, 'problem' | 'candidates'> {
    return {
      problem: 'unknown-column',
      candidates: () =>
        nearestNames(
          key,
          relations.flatMap((r) => this.columns.of(r)?.map((c) => c.name) ?? []),
        ),
    };
  }

  /** Relations whose columns may be named at i in a query: not what an INSERT writes to while it is reading. */
  private relationsOf(frame: Frame, i: number): readonly RelationInScope[] {
    if (frame.relations.every((r) => r.target !== 'insert')) return frame.relations;
    const at = this.shape.tokens[i]?.from ?? 0;
    const seesTarget = frame.marks.some(
      (m) => (m.clause === 'conflict' || m.clause === 'returning') && m.to <= at,
    );
    if (seesTarget && this.dialect === 'mysql') return frame.relations;
    return frame.relations.filter((r) => (r.target === 'insert') === seesTarget);
  }

  private relationsAround(i: number, frame: Frame): readonly RelationInScope[] {
    return visibleFrames(frame).flatMap((f) => this.relationsOf(f, i));
  }

  private find(key: string, i: number, frame: Frame): Found {
    const chain = visibleFrames(frame);
    for (const f of chain) {
      const relations = this.relationsOf(f, i);
      const found = relations.flatMap((relation) => {
        const column = this.columns.find(relation, key);
        return column === undefined ? [] : [{ relation, column }];
      });
      const [first] = found;
      if (first !== undefined) {
        const distinct = found.filter(({ relation }, n) => n === 0 || !this.isMerged(relation, key));
        if (distinct.length === 1 || f.opaque) return { kind: 'one', ...first };
        return { kind: 'several', relations: found.map((one) => one.relation), column: first.column };
      }
      const isOpen = f.lacksRelation || f.opaque || relations.some((r) => !this.columns.isKnown(r));
      // The innermost query's FROM may not be written yet.
      if (isOpen || (f === frame && relations.length === 0)) return { kind: 'open' };
    }
    return { kind: 'none' };
  }

  /** Whether the column of that key is one with the same column of a relation before it. */
  private isMerged(relation: RelationInScope, key: string): boolean {
    return (
      relation.natural === true || relation.usingColumns.some((c) => c.toLowerCase() === key.toLowerCase())
    );
  }

  private selectAlias(i: number, key: string, frame: Frame): boolean {
    const wanted = key.toLowerCase();
    // Behind a set operation the names are those of its first part.
    const parts = frame.firstPart === undefined ? [frame] : [frame.firstPart, frame];
    for (const f of parts) {
      const isFirst = f === frame.firstPart;
      const item = f.items.find(
        (one) =>
          one.kind === 'column' && one.name.toLowerCase() === wanted && (isFirst || one.tokens.length > 1),
      );
      const token = item?.tokens.at(-1);
      if (token !== undefined && token !== i) {
        this.meanings.set(i, { kind: 'select-alias', ...this.originOf(token) });
        return true;
      }
      if (isFirst && this.columns.ofQuery(f)?.some((c) => c.name.toLowerCase() === wanted) !== false) {
        this.meanings.set(i, { kind: 'select-alias' });
        return true;
      }
    }
    return false;
  }

  /** Left of `=` in SET, where a column of the target stands. */
  private isSetTarget(i: number): boolean {
    const previous = this.words.raw(i - 1);
    return (previous === 'set' || previous === ',') && this.words.raw(i + 1) === '=';
  }

  private targetColumn(i: number, frame: Frame): void {
    const key = this.key(i);
    // SET of a MySQL update over several tables may name a column of any of them.
    const several = this.clause(i) === 'set' && this.dialect === 'mysql' && frame.relations.length > 1;
    const targets = framesOutwards(frame).flatMap((f) => f.relations.filter((r) => r.target !== undefined));
    const relations = several ? frame.relations : targets.slice(0, 1);
    for (const relation of relations) {
      const column = this.columns.find(relation, key);
      if (column === undefined) continue;
      this.meanings.set(i, this.columnMeaning(relation, column));
      return;
    }
    const isKnown = relations.length > 0 && relations.every((r) => this.columns.isKnown(r));
    const judged = this.judges && isKnown && !frame.lacksRelation && !this.isPseudoColumn(key);
    this.meanings.set(i, {
      kind: 'column',
      ...(relations[0] === undefined ? {} : { relation: relations[0] }),
      ...(judged ? this.unknownColumn(key, relations) : {}),
    });
  }

  private usingColumn(i: number, frame: Frame): void {
    const key = this.key(i);
    const joined = frame.relations.filter((r) => (r.nameToken ?? r.aliasToken ?? 0) < i);
    const right = joined.at(-1);
    const left = joined.slice(0, -1);
    const found = joined.find((relation) => this.columns.find(relation, key) !== undefined);
    const column = found && this.columns.find(found, key);
    const has = (relation: RelationInScope) =>
      this.columns.find(relation, key) !== undefined || !this.columns.isKnown(relation);
    const fits = right === undefined || left.length === 0 || (has(right) && left.some(has));
    this.meanings.set(i, {
      ...(found && column ? this.columnMeaning(found, column) : { kind: 'column' as const }),
      ...(fits || !this.judges || frame.lacksRelation ? {} : this.unknownColumn(key, joined)),
    });
  }

  // Paths

  private qualified(path: readonly number[], frame: Frame): void {
    const [first = 0, second, third] = path;
    const key = this.key(first);
    const relation = this.qualifier(key, first, frame);
    if (relation !== undefined) {
      this.meanings.set(first, this.aliasMeaning(relation));
      if (second !== undefined) this.member(second, relation, frame);
      return;
    }
    const isNamespace = this.names.isNamespace(key) || isSystemRelation(key);
    if (second !== undefined && isNamespace) {
      const table = this.relationNamed(this.key(second), key, first, frame);
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
    const found = this.find(key, first, frame);
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
      this.mayJudge(first, frame) &&
      this.isComplete(first, frame);
    this.meanings.set(first, {
      kind: 'alias',
      ...(table === undefined ? {} : { table }),
      ...(isJudged ? this.unknownQualifier(first, second, frame) : {}),
    });
    if (second === undefined) return;
    const column = table && this.names.column(table, this.key(second));
    this.meanings.set(second, { kind: 'column', ...(table && column ? { table, column } : {}) });
  }

  /** Whether all relations around i are written, so that a qualifier none of them goes by is wrong. */
  private isComplete(i: number, frame: Frame): boolean {
    const frames = visibleFrames(frame);
    return frames.every((f) => !f.lacksRelation && !f.opaque) && this.relationsOf(frame, i).length > 0;
  }

  private unknownQualifier(
    i: number,
    member: number | undefined,
    frame: Frame,
  ): Pick<Resolved, 'problem' | 'candidates'> {
    const relations = this.relationsAround(i, frame);
    return {
      problem: 'unknown-table',
      candidates: () => {
        const having =
          member === undefined
            ? []
            : relations.filter((r) => this.columns.find(r, this.key(member)) !== undefined);
        const near = nearestNames(this.key(i), relations.map(goesBy));
        return [...new Set([...near, ...having.map(goesBy)])];
      },
    };
  }

  private member(i: number, relation: RelationInScope, frame: Frame): void {
    const key = this.key(i);
    const column = this.columns.find(relation, key);
    if (column !== undefined) {
      this.meanings.set(i, this.columnMeaning(relation, column));
      return;
    }
    const isJudged =
      this.judges && this.columns.isKnown(relation) && !this.isPseudoColumn(key) && !frame.opaque;
    this.meanings.set(i, {
      kind: 'column',
      relation,
      ...(isJudged ? this.unknownColumn(key, [relation]) : {}),
    });
  }

  /** `excluded.name`, `new.name`: a column of what is written to. */
  private pseudoMember(path: readonly number[], frame: Frame): void {
    const [first = 0, second] = path;
    this.meanings.set(first, { kind: isSystemRelation(this.key(first)) ? 'namespace' : 'alias' });
    if (second === undefined) return;
    const target = framesOutwards(frame)
      .flatMap((f) => f.relations)
      .find((r) => r.target !== undefined);
    const isExcluded = this.words.raw(first) === 'excluded' && target !== undefined;
    const column = target && this.columns.find(target, this.key(second));
    if (column !== undefined && target !== undefined)
      this.meanings.set(second, this.columnMeaning(target, column));
    else if (isExcluded) this.member(second, target, frame);
    else this.meanings.set(second, { kind: 'column' });
  }

  private qualifier(key: string, i: number, frame: Frame): RelationInScope | undefined {
    const wanted = key.toLowerCase();
    for (const f of visibleFrames(frame)) {
      const relations = this.relationsOf(f, i);
      const found =
        relations.find((r) => r.alias?.toLowerCase() === wanted) ??
        relations.find((r) => r.alias === undefined && r.name?.toLowerCase() === wanted);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private relationNamed(
    key: string,
    namespace: string,
    i: number,
    frame: Frame,
  ): RelationInScope | undefined {
    const table = this.names.table(key, namespace);
    const relations = this.relationsAround(i, frame);
    if (table !== undefined) return relations.find((r) => this.columns.tableOf(r) === table);
    return relations.find((r) => r.name?.toLowerCase() === key.toLowerCase() && r.namespace !== undefined);
  }

  // DDL

  /** Names in CREATE, ALTER and DROP: tables and columns where they are known; never a problem. */
  private definition(path: readonly number[], frame: Frame): void {
    const last = path.at(-1) ?? 0;
    const namespace = path.length > 1 ? this.key(path.at(-2) ?? 0) : undefined;
    const key = this.key(last);
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
      const column = this.columns.find(relation, key);
      if (column !== undefined) this.meanings.set(last, this.columnMeaning(relation, column));
    }
  }

  // Meanings

  private aliasMeaning(relation: RelationInScope): Meaning {
    const table = this.columns.tableOf(relation);
    return {
      kind: 'alias',
      relation,
      ...(table === undefined ? {} : { table }),
      ...this.originOf(relation.aliasToken ?? relation.nameToken),
    };
  }

  private columnMeaning(relation: RelationInScope | undefined, column: RelationColumn): Meaning {
    return { kind: 'column', ...withRelation(relation), ...this.columnOf(column) };
  }

  private columnOf({ table, column, token }: RelationColumn): Partial<Meaning> {
    return {
      ...(table === undefined ? {} : { table }),
      ...(column === undefined ? {} : { column }),
      ...this.originOf(token),
    };
  }

  private originOf(i: number | undefined): Pick<Resolved, 'origin'> {
    const token = i === undefined ? undefined : this.shape.tokens[i];
    return token === undefined ? {} : { origin: { from: token.from, to: token.to } };
  }

  // Tokens

  private isName(i: number): boolean {
    const kind = this.shape.tokens[i]?.kind;
    return kind === 'word' || kind === 'quoted';
  }

  private key(i: number): string {
    const token = this.shape.tokens[i];
    if (token === undefined) return '';
    return nameKey(identifierName(token, this.text), token.kind === 'quoted', this.dialect);
  }

  private clause(i: number): Clause {
    const token = this.shape.tokens[i];
    return token === undefined ? 'none' : clauseAt(this.shape.frames[i] ?? this.shape.root, token.from);
  }
}

/** What a relation is called in its query. */
export function goesBy(relation: RelationInScope): string {
  return relation.alias ?? relation.name ?? '';
}

function withRelation(relation: RelationInScope | undefined): { relation?: RelationInScope } {
  return relation === undefined ? {} : { relation };
}
