/**
 * The relations that can be named together, and the lookups of a name among them. Each answer is remembered, because a
 * query may join thousands of tables and each of its names asks.
 */
import type { RelationColumn, RelationColumns } from './relationColumns';
import type { RelationInScope } from '../sql/shape/shape';

/** The relations that have a column of one name. */
export interface Holders {
  readonly relations: readonly RelationInScope[];
  /** The column of the first of them. */
  readonly column: RelationColumn;
  /** How many different columns these are. USING and NATURAL merge two into one. */
  readonly distinct: number;
}

/** True when a relation may be named at the place in question. */
export type Seen = (relation: RelationInScope) => boolean;

export class RelationList {
  readonly #holders = new Map<
    string,
    { readonly having: readonly RelationInScope[]; readonly holders: Holders | undefined }
  >();
  #aliases: ReadonlyMap<string, RelationInScope> | undefined;
  #names: ReadonlyMap<string, RelationInScope> | undefined;
  #tokens: ReadonlyMap<number, RelationInScope> | undefined;
  #hasSemi: boolean | undefined;
  #unknown: readonly RelationInScope[] | undefined;

  constructor(
    readonly relations: readonly RelationInScope[],
    private readonly columns: RelationColumns,
  ) {}

  /** The first relation with that alias. */
  aliased(alias: string): RelationInScope | undefined {
    this.#aliases ??= firstBy(this.relations, ({ alias: own }) => own?.toLowerCase());
    return this.#aliases.get(alias.toLowerCase());
  }

  /**
   * The relation that the qualifier stands for. An alias wins over a table's own name, and the first of several wins.
   */
  qualifier(name: string, seen: Seen | undefined): RelationInScope | undefined {
    this.#names ??= firstBy(this.relations, (one) =>
      one.alias === undefined ? one.name?.toLowerCase() : undefined,
    );
    const found = this.aliased(name) ?? this.#names.get(name.toLowerCase());
    return found === undefined || seen?.(found) !== false ? found : undefined;
  }

  /** The relation whose name or alias is the token with that index. */
  at(token: number): RelationInScope | undefined {
    this.#tokens ??= new Map(
      this.relations.flatMap((one) =>
        [one.nameToken, one.aliasToken].flatMap((k) => (k === undefined ? [] : [[k, one] as const])),
      ),
    );
    return this.#tokens.get(token);
  }

  /** The relations that have a column with that key. Undefined when none of the visible ones is known to have it. */
  holders(key: string, seen: Seen | undefined): Holders | undefined {
    let all = this.#holders.get(key);
    if (all === undefined) {
      const having = this.relations.filter((one) => this.columns.find(one, key) !== undefined);
      all = { having, holders: this.#holdersOf(having, key) };
      this.#holders.set(key, all);
    }
    const { having, holders } = all;
    return seen === undefined || having.every(seen) ? holders : this.#holdersOf(having.filter(seen), key);
  }

  #holdersOf(relations: readonly RelationInScope[], key: string): Holders | undefined {
    const [first] = relations;
    const column = first && this.columns.find(first, key);
    if (column === undefined) return undefined;
    const distinct = relations.filter((relation, n) => n === 0 || !isMerged(relation, key)).length;
    return { relations, column, distinct };
  }

  /** The relations that may be named at the place. */
  seen(seen: Seen | undefined): readonly RelationInScope[] {
    return seen === undefined ? this.relations : this.relations.filter(seen);
  }

  /** True when one of them is the right side of a SEMI or ANTI JOIN. */
  get hasSemi(): boolean {
    return (this.#hasSemi ??= this.relations.some(({ semi }) => semi === true));
  }

  /** True when all columns of all visible relations are known. */
  isKnown(seen: Seen | undefined): boolean {
    this.#unknown ??= this.relations.filter((relation) => !this.columns.isKnown(relation));
    return seen === undefined ? this.#unknown.length === 0 : !this.#unknown.some(seen);
  }
}

/** True when USING or NATURAL merges that column with the same column of a relation before it. */
function isMerged({ natural, usingColumns }: RelationInScope, key: string): boolean {
  return natural === true || usingColumns.some((name) => name.toLowerCase() === key.toLowerCase());
}

function firstBy(
  relations: readonly RelationInScope[],
  keyOf: (relation: RelationInScope) => string | undefined,
): ReadonlyMap<string, RelationInScope> {
  const found = new Map<string, RelationInScope>();
  for (const relation of relations) {
    const key = keyOf(relation);
    if (key !== undefined && !found.has(key)) found.set(key, relation);
  }
  return found;
}
