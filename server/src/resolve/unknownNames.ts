/**
 * Finds identifiers that neither the schema nor the text knows: what a model invented. Total over unfinished text.
 * Not a validator: where the text does not tell what is in scope, a name is taken as known.
 */
import type { Dialect, Schema } from '../schema/model';
import { nameKey, relationTable, SchemaNames } from '../schema/names';
import { dateParts, functionsOf, keywordsOf, typeNames } from '../sql/keywords';
import { QueryOutputs } from '../sql/outputs';
import { clauseAt, framesOutwards, resolveQualifier, visibleFrames } from '../sql/shape/scope';
import { readShape, type Clause, type Frame, type RelationInScope, type Shape } from '../sql/shape/shape';
import { identifierName, isFilledIn, type Token } from '../sql/tokens';

export interface UnknownIdentifier {
  /** Range of the whole identifier; `from` may lie before the range asked about when the range begins inside it. */
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

/** A name that nothing written so far brings into scope, though a FROM or JOIN still to come may. */
export interface PendingName {
  /** The query that would bring it. */
  readonly frame: Frame;
  /** Lower case; undefined for a bare column. */
  readonly qualifier?: string;
  /** Lower case; undefined for a qualifier without its column, or with a star. */
  readonly column?: string;
  /** The last part of the name ends the text and may still grow. */
  readonly isPartial: boolean;
}

export interface JudgedNames {
  readonly unknown: readonly UnknownIdentifier[];
  readonly pending: readonly PendingName[];
}

/** As unknownIdentifiers, over a shape that was read already, with the names that wait for their table. */
export function judgeNames(text: string, to: number, shape: Shape, schema: Schema): JudgedNames {
  if (schema.tables.length === 0) return { unknown: [], pending: [] };
  const judge = new Judge(text, to, shape, SchemaNames.of(schema), schema.dialect);
  const unknown: UnknownIdentifier[] = [];
  for (const [i, token] of shape.tokens.entries()) {
    if (token.from >= to) break;
    if (token.kind !== 'word' && token.kind !== 'quoted') continue;
    if (!judge.knows(i)) unknown.push({ from: token.from, to: token.to, name: identifierName(token, text) });
  }
  return { unknown, pending: judge.pending };
}

/**
 * Identifiers that touch [from, to) and are neither tables nor columns in scope nor introduced by the text.
 *
 * @param text one whole statement, suggestion included; offsets count from its start
 * @returns in order of place; empty for a schema without tables. An identifier that ends at `to` may still be being
 *   written: it is unknown only when no known name starts with it.
 */
export function unknownIdentifiers(
  text: string,
  from: number,
  to: number,
  schema: Schema,
  dialect: Dialect,
): UnknownIdentifier[] {
  if (schema.tables.length === 0) return [];
  const shape = readShape(text, { from: 0, to: text.length }, dialect);
  const judge = new Judge(text, to, shape, SchemaNames.of(schema), dialect);
  const unknown: UnknownIdentifier[] = [];
  shape.tokens.forEach((token, i) => {
    if (token.to <= from || token.from >= to) return;
    if (token.kind !== 'word' && token.kind !== 'quoted') return;
    if (!judge.knows(i)) unknown.push({ from: token.from, to: token.to, name: identifierName(token, text) });
  });
  return unknown;
}

/** Pseudo columns and relations a dialect has beside the schema. */
const pseudoColumns: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: ['rowid', 'oid', '_rowid_'],
  postgres: ['ctid', 'xmin', 'xmax', 'tableoid', 'oid'],
  duckdb: ['rowid'],
  mysql: [],
  tsql: ['$identity', '$rowguid'],
};

const isSystemRelation = (key: string) =>
  /^(sqlite_|pg_|information_schema|duckdb_|sys$|pragma_|dual$|mysql$|performance_schema)/i.test(key);

/** Functions whose first argument may be a bare date part. */
const takesDatePart = new Set(
  'extract datediff dateadd datepart datename timestampdiff timestampadd date_part date_trunc datetrunc datediff_big'.split(
    ' ',
  ),
);

/** Qualifiers that exist in triggers and upserts. */
const pseudoQualifiers = new Set(['new', 'old', 'excluded', 'inserted', 'deleted']);

const asksForTables: ReadonlySet<Clause> = new Set(['from', 'join', 'update', 'insert']);
/** Words that may stand where a table is due: keywords and functions that return rows. */
export const besideTables: ReadonlySet<string> = new Set(
  `lateral only values table unnest generate_series json_each json_tree json_table json_array_elements
  jsonb_array_elements jsonb_array_elements_text jsonb_each json_each_text jsonb_object_keys jsonb_to_recordset
  regexp_split_to_table string_split string_to_table openjson range read_csv read_csv_auto read_parquet read_json
  glob pragma_table_info`.split(/\s+/),
);

/** Clauses a JOIN can follow. */
const fromClauses: ReadonlySet<Clause> = new Set(['from', 'join', 'on', 'using']);

class Judge {
  readonly pending: PendingName[] = [];
  private readonly keywords: ReadonlySet<string>;
  private readonly functions: ReadonlySet<string>;
  private readonly outputs: QueryOutputs;
  private readonly lowered = new Map<readonly string[], ReadonlySet<string>>();

  constructor(
    private readonly text: string,
    private readonly to: number,
    private readonly shape: Shape,
    private readonly names: SchemaNames,
    private readonly dialect: Dialect,
  ) {
    this.keywords = keywordsOf(dialect);
    this.functions = functionsOf(dialect);
    this.outputs = new QueryOutputs(text, shape, names);
  }

  knows(i: number): boolean {
    const token = this.shape.tokens[i];
    const frame = this.shape.frames[i] ?? this.shape.root;
    if (token === undefined) return true;
    const role = this.shape.roles.get(i);
    const afterDot = this.raw(i - 1) === '.';
    switch (role) {
      case 'relation-alias':
      case 'cte-name':
      case 'column-list':
      case 'select-alias':
      case 'declared':
        return true;
      case 'relation':
        return this.knowsRelation(i, frame, afterDot);
      case 'namespace':
        return afterDot ? true : this.knowsNamespace(i);
      case 'insert-column':
      case 'using-column':
        return this.knowsColumn(i, frame, role === 'insert-column');
      case undefined:
        break;
    }
    if (afterDot && this.shape.tokens[i - 2]?.kind === 'placeholder') return true;
    if (afterDot) return this.knowsQualified(i, frame);
    if (token.kind === 'word' && this.isNoIdentifier(i, token)) return true;
    if (this.raw(i + 1) === '.') return this.knowsQualifier(i, frame);
    if (this.amongIntroduced(i, this.names.schema.variables ?? [])) return true;
    return this.knowsColumn(i, frame, false);
  }

  private raw(i: number): string {
    const token = this.shape.tokens[i];
    return token === undefined ? '' : this.text.slice(token.from, token.to).toLowerCase();
  }

  private key(i: number): string {
    const token = this.shape.tokens[i];
    if (token === undefined) return '';
    return nameKey(identifierName(token, this.text), token.kind === 'quoted', this.dialect);
  }

  /** Whether the token may be the beginning of a longer name that is still being written. */
  private isPartial(i: number): boolean {
    const token = this.shape.tokens[i];
    return token !== undefined && token.to === this.to && (token.kind === 'word' || !token.closed);
  }

  /** Whether the name at i is one of the keys, or may become one. */
  private among(i: number, keys: Iterable<string>): boolean {
    return this.amongKeys(i, this.key(i), keys);
  }

  /** The same for names the text introduced: whether those were quoted is not kept, so their case does not count. */
  private amongIntroduced(i: number, names: readonly string[]): boolean {
    return this.amongKeys(
      i,
      this.key(i).toLowerCase(),
      names.map((name) => name.toLowerCase()),
    );
  }

  /** Made once for each list: every name asks for the columns of every relation. */
  private lowerCase(names: readonly string[]): ReadonlySet<string> {
    let found = this.lowered.get(names);
    if (found === undefined) {
      found = new Set(names.map((name) => name.toLowerCase()));
      this.lowered.set(names, found);
    }
    return found;
  }

  private amongKeys(i: number, key: string, keys: Iterable<string>): boolean {
    const partial = this.isPartial(i);
    if (!partial && keys instanceof Set) return keys.has(key);
    for (const known of keys) if (known === key || (partial && known.startsWith(key))) return true;
    return false;
  }

  // Words that are no identifiers

  private isNoIdentifier(i: number, token: Token): boolean {
    const word = this.raw(i);
    const next = this.raw(i + 1);
    const previous = this.raw(i - 1);
    if (next === '.') return false;
    const clause = this.clause(i);
    if (clause === 'ddl') return true;
    if (this.keywords.has(word)) return true;
    if (next === '(' && !asksForTables.has(clause)) return true;
    if (this.shape.tokens[i + 1]?.kind === 'string' && typeNames.has(word)) return true;
    if (previous === '::' || previous === 'collate' || previous === 'over' || previous === 'window')
      return true;
    if (typeNames.has(word) && this.isTypePosition(i)) return true;
    if (dateParts.has(word) && this.isDatePartPosition(i)) return true;
    if (previous === 'as') return true;
    if (clause === 'window' && next === 'as') return true;
    if (clause === 'none' || clause === 'with') return true;
    return this.isPartial(i) && token.to === this.to && this.startsWord(word);
  }

  private clause(i: number): Clause {
    const token = this.shape.tokens[i];
    return token === undefined ? 'none' : clauseAt(this.shape.frames[i] ?? this.shape.root, token.from);
  }

  private startsWord(word: string): boolean {
    for (const known of this.keywords) if (known.startsWith(word)) return true;
    for (const known of this.functions) if (known.startsWith(word)) return true;
    return false;
  }

  /** Behind AS inside CAST(…), and the further words of types such as `double precision`. */
  private isTypePosition(i: number): boolean {
    for (let k = i - 1; k >= 0 && i - k <= 4; k--) {
      const raw = this.raw(k);
      if (raw === 'as' || raw === '::') return true;
      if (!typeNames.has(raw)) return false;
    }
    return false;
  }

  private isDatePartPosition(i: number): boolean {
    const previous = this.shape.tokens[i - 1];
    if (previous?.kind === 'number' || previous?.kind === 'string' || isFilledIn(previous?.kind)) return true;
    return this.raw(i - 1) === '(' && takesDatePart.has(this.raw(i - 2));
  }

  // Relations

  private knowsRelation(i: number, frame: Frame, qualified: boolean): boolean {
    const key = this.key(i);
    if (qualified) {
      const namespace = this.key(i - 2);
      if (isSystemRelation(namespace)) return true;
      if (this.names.table(key, namespace) !== undefined) return true;
      return this.isPartial(i) && this.among(i, this.tablesOfNamespace(namespace));
    }
    if (isSystemRelation(key) || key.startsWith('#')) return true;
    const ctes = framesOutwards(frame).flatMap((f) => f.ctes.map((c) => c.name));
    if (this.amongIntroduced(i, ctes) || this.among(i, this.names.unqualifiedKeys())) return true;
    if (!this.isPartial(i)) return false;
    return this.among(i, this.names.namespaceKeys()) || this.among(i, besideTables);
  }

  private tablesOfNamespace(namespace: string): string[] {
    return [...this.names.tableKeys()].filter((key) => this.names.table(key, namespace) !== undefined);
  }

  private knowsNamespace(i: number): boolean {
    const key = this.key(i);
    return this.names.isNamespace(key) || isSystemRelation(key) || this.raw(i + 1) !== '.';
  }

  /** Whether the name at i is a column of the relation; undefined where its columns cannot be known. */
  private hasColumn(i: number, relation: RelationInScope): boolean | undefined {
    const columns = relation.columns ?? this.outputs.columnsOf(relation, this.shape.frames[i]);
    if (columns !== undefined) return this.amongKeys(i, this.key(i).toLowerCase(), this.lowerCase(columns));
    const table = relationTable(relation, this.names);
    // A view read from DDL may have columns that its text does not tell.
    if (table === undefined || table.columns.length === 0) return undefined;
    return this.among(i, this.names.columnKeys(table));
  }

  // Columns

  private knowsQualifier(i: number, frame: Frame): boolean {
    const key = this.key(i);
    if (resolveQualifier(key, frame) !== undefined) return true;
    if (pseudoQualifiers.has(key) || isSystemRelation(key)) return true;
    if (this.names.isNamespace(key) && this.shape.tokens[i + 3] !== undefined && this.raw(i + 3) === '.')
      return true;
    if (!this.isPending(i, frame)) return false;
    if (this.raw(i + 2) === '' || this.raw(i + 2) === '*') this.wait(i, frame, { qualifier: key });
    return true;
  }

  private wait(i: number, frame: Frame, name: Omit<PendingName, 'frame' | 'isPartial'>): void {
    const open = visibleFrames(frame).find((f) => this.isOpen(f)) ?? frame;
    this.pending.push({ frame: open, ...name, isPartial: this.isPartial(i) });
  }

  /**
   * Whether relations that the name at i may come from are not written yet: there are none at all, or it stands in a
   * select list, and at `to` that query's FROM has not begun or may still grow by a JOIN. A semicolon ends it; white
   * space does not, because a model writes it as a token of its own.
   */
  private isPending(i: number, frame: Frame): boolean {
    const last = this.shape.tokens.findLastIndex((token) => token.from < this.to);
    if (this.raw(last) === ';') return false;
    const visible = visibleFrames(frame);
    if (this.clause(i) === 'select') return visible.some((f) => this.isOpen(f));
    return visible.every((f) => f.relations.length === 0) && visible.some((f) => this.to <= f.to);
  }

  /** Whether the query's FROM has not begun at `to`, or may still grow. */
  private isOpen(f: Frame): boolean {
    if (this.to < f.from || f.to < this.to) return false;
    const mark = f.marks.findLast((m) => m.to < this.to);
    if (mark?.clause === 'select') return !f.marks.some((m) => m.clause === 'from' && m.from >= this.to);
    return mark !== undefined && fromClauses.has(mark.clause);
  }

  /** A column of any table or CTE, or the beginning of a qualifier: what a name may be while relations are pending. */
  private knowsPending(i: number, frame: Frame): boolean {
    if (this.among(i, this.names.columnKeys())) return true;
    const ctes = framesOutwards(frame).flatMap((f) => f.ctes);
    if (ctes.some((cte) => cte.columns === undefined || this.amongIntroduced(i, cte.columns))) return true;
    if (!this.isPartial(i) || this.raw(i - 1) === '.') return false;
    // Short words may be aliases whose dot comes next.
    if (/^\p{L}{1,3}\d?$/u.test(this.raw(i))) return true;
    return (
      this.among(i, this.names.tableKeys()) ||
      this.amongIntroduced(
        i,
        ctes.map((cte) => cte.name),
      )
    );
  }

  private knowsQualified(i: number, frame: Frame): boolean {
    if (this.raw(i) === '*') return true;
    const qualifier = this.key(i - 2);
    const relation = resolveQualifier(qualifier, frame);
    if (relation !== undefined) {
      return this.hasColumn(i, relation) !== false || this.isPseudoColumn(i);
    }
    if (pseudoQualifiers.has(qualifier)) return this.among(i, this.names.columnKeys());
    if (isSystemRelation(qualifier)) return true;
    // A call in front of a FROM that is to come: only a namespace has functions, a table or alias has none.
    if (this.raw(i + 1) === '(' && this.names.isNamespace(qualifier)) return true;
    const table = this.names.table(qualifier);
    const waiting = { qualifier, column: this.key(i).toLowerCase() };
    if (table !== undefined) {
      this.wait(i, frame, waiting);
      return this.among(i, this.names.columnKeys(table)) || this.isPseudoColumn(i);
    }
    if (this.names.isNamespace(qualifier)) return this.among(i, this.names.tableKeys());
    if (!this.knowsPending(i, frame)) return false;
    this.wait(i, frame, waiting);
    return true;
  }

  private isPseudoColumn(i: number): boolean {
    return this.among(i, pseudoColumns[this.dialect]);
  }

  private knowsColumn(i: number, frame: Frame, ofTarget: boolean): boolean {
    if (this.isPseudoColumn(i)) return true;
    const chain = visibleFrames(frame);
    const relations = ofTarget ? frame.relations.slice(-1) : chain.flatMap((f) => f.relations);
    for (const relation of relations) {
      if (this.hasColumn(i, relation) !== false) return true;
    }
    if (this.amongNewNames(i, chain)) return true;
    if (ofTarget || !this.isPending(i, frame) || !this.knowsPending(i, frame)) return false;
    this.wait(i, frame, { column: this.key(i).toLowerCase() });
    return true;
  }

  private amongNewNames(i: number, chain: readonly Frame[]): boolean {
    const names: string[] = [];
    for (const f of chain) {
      names.push(...f.selectAliases);
      for (const r of f.relations) names.push(...[r.alias, r.name].filter((n) => n !== undefined));
      // ORDER BY behind a UNION names the columns of its first part.
      if (this.clause(i) === 'order by')
        names.push(...(f.parent?.children.flatMap((c) => c.output ?? []) ?? []));
    }
    return this.amongIntroduced(i, names);
  }
}
