/**
 * Finds what is in scope at a place of a statement: its clause, and the relations whose columns may be named there.
 * Works on unfinished text and knows no schema. readShape.ts reads the statement.
 */
import type { Dialect } from '../dialect';
import type { Statement } from '../statements/statements';
import { readShape } from './readShape';
import type { Clause, Frame, RelationInScope } from './shape';
import { tokenize, type Token, type TokenKind } from '../tokens';

export type { Clause, RelationInScope } from './shape';

export interface Scope {
  readonly clause: Clause;
  /** Innermost query first. A FROM behind the cursor counts too. */
  readonly relations: readonly RelationInScope[];
  /** Table aliases, CTE names and select aliases of the query at the cursor and of those around it. */
  readonly introducedNames: readonly string[];
  readonly insideString: boolean;
  /** True in a comment, a client program's command or a placeholder, where no SQL is written. */
  readonly insideComment: boolean;
}

/** The scope at `offset` (a document offset) of a statement of the text. */
export function scopeAt(text: string, statement: Statement, offset: number, dialect: Dialect): Scope {
  const shape = readShape(text, statement, dialect);
  const frame = frameAt(shape.root, offset);
  const chain = framesOutwards(frame);
  const visible = visibleFrames(frame);
  const introduced = new Set<string>();
  for (const f of chain) {
    if (visible.includes(f)) {
      for (const relation of f.relations) if (relation.alias !== undefined) introduced.add(relation.alias);
    }
    for (const cte of f.ctes) introduced.add(cte.name);
    if (visible.includes(f)) for (const alias of f.selectAliases) introduced.add(alias);
  }
  return {
    clause: clauseAt(frame, offset),
    relations: visible.flatMap((f) => f.relations),
    introducedNames: [...introduced],
    ...insideOf(text, statement, offset, dialect),
  };
}

/** The innermost query that contains the offset. A query without its `)` that ends at the offset contains it too. */
export function frameAt(root: Frame, offset: number): Frame {
  let frame = root;
  for (;;) {
    const inner = frame.children.findLast((child) => child.from <= offset && offset <= child.to);
    if (inner === undefined) return frame;
    frame = inner;
  }
}

export function framesOutwards(frame: Frame): Frame[] {
  const chain: Frame[] = [];
  for (let f: Frame | undefined = frame; f !== undefined; f = f.parent) chain.push(f);
  return chain;
}

/**
 * The query and those around it whose relations it may name, innermost first. CTEs can be named from everywhere inside.
 */
export function visibleFrames(frame: Frame): Frame[] {
  return [...visibleOutwards(frame)];
}

/** The same one by one, because most names are found in the first of many. */
export function* visibleOutwards(frame: Frame): Iterable<Frame> {
  let hidden = false;
  for (let f: Frame | undefined = frame; f !== undefined; f = f.parent) {
    if (!hidden) yield f;
    hidden = f.isolated;
  }
}

/** The relation that a qualifier stands for, innermost query first. Aliases win over names; case is ignored. */
export function resolveQualifier(qualifier: string, frame: Frame): RelationInScope | undefined {
  const wanted = qualifier.toLowerCase();
  for (const { relations } of visibleOutwards(frame)) {
    const found =
      relations.find((relation) => relation.alias?.toLowerCase() === wanted) ??
      relations.find((relation) => relation.name?.toLowerCase() === wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Every name asks this and a query may have thousands of joins, so the ordered marks are searched by halves. */
export function clauseAt({ marks }: Frame, offset: number): Clause {
  let [from, to] = [0, marks.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((marks[middle]?.to ?? offset) < offset) from = middle + 1;
    else to = middle;
  }
  return marks[from - 1]?.clause ?? 'none';
}

const noSql: ReadonlySet<TokenKind> = new Set(['comment', 'command', 'placeholder']);

function insideOf(text: string, statement: Statement, offset: number, dialect: Dialect) {
  const at = offset - statement.from;
  const token = tokenize(text.slice(statement.from, statement.to), dialect).find(
    (t) => t.from < at && (at < t.to || (at === t.to && (!t.closed || reachesOn(t)))),
  );
  function reachesOn({ kind, from }: Token): boolean {
    if (kind === 'command') return true;
    const start = text.slice(statement.from + from, statement.from + from + 2);
    return start === '--' || (dialect === 'mysql' && start.startsWith('#'));
  }
  return {
    insideString: token?.kind === 'string',
    insideComment: token !== undefined && noSql.has(token.kind),
  };
}
