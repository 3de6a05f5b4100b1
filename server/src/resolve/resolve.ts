/**
 * Finds what every identifier of a statement stands for: table, column, alias, CTE or function. Works on unfinished
 * text. Only certain problems are reported: where text or schema do not tell, a name has none.
 */
import type { Dialect, Schema } from '../schema/model';
import { functionsOf } from '../sql/keywords';
import { readShape } from '../sql/shape/readShape';
import type { Frame, Shape } from '../sql/shape/shape';
import { routineOf } from '../sql/statements/routines';
import type { Statement } from '../sql/statements/statements';
import { NameContext } from './nameContext';
import { ColumnResolver } from './resolveColumns';
import { PathResolver } from './resolvePaths';
import { RelationResolver } from './resolveRelations';
import { schemaWithRows, triggerRows } from './triggerRows';
import type { PendingName } from './unfinished';
import type { Resolved, Surroundings } from './resolved';

/**
 * Resolves the identifiers of one statement of the text, in order of place. Keywords and literals are left out.
 * Statements in the body of a trigger or routine are resolved as well; there an unqualified name may be a variable.
 */
export function resolveStatement(
  text: string,
  statement: Statement,
  schema: Schema,
  dialect: Dialect,
): readonly Resolved[] {
  return resolveParts(text, statement, schema, dialect).flatMap((part) => part.resolved);
}

/**
 * The same for shapes that were read before: one of the statement, or those of a routine's head and of each statement
 * in its body.
 */
export function resolveParts(
  text: string,
  statement: Statement,
  schema: Schema,
  dialect: Dialect,
): readonly { readonly shape: Shape; readonly resolved: readonly Resolved[] }[] {
  const part = (shape: Shape, around?: Surroundings) => ({
    shape,
    resolved: resolveShape(shape, schema, around),
  });
  const routine = routineOf(text, statement, dialect);
  if (routine === undefined) {
    return [part(readShape(text, statement, dialect))];
  }
  const head = part(readShape(text, routine.head, dialect));
  const rows = triggerRows(text, statement, schema, dialect);
  const rowTable = rows[0]?.table;
  const around = { judges: !routine.hasVariables, ...(rowTable === undefined ? {} : { rowTable }) };
  const known = schemaWithRows(schema, rows);
  const within = (inner: Statement, surroundings: Surroundings) => {
    const shape = readShape(text, inner, dialect);
    return { shape, resolved: resolveShape(shape, known, surroundings) };
  };
  return [
    head,
    ...routine.body.map((inner) => within(inner, around)),
    // Of the words around a routine's statements only the rows of a trigger are resolved.
    ...(rowTable === undefined
      ? []
      : routine.control.map((inner) => within(inner, { rowTable, judges: false }))),
  ];
}

/** The same for one shape. */
export function resolveShape(shape: Shape, schema: Schema, around?: Surroundings): readonly Resolved[] {
  return resolveNames(shape, schema, around).resolved;
}

/**
 * The same, and also the names that wait for a relation which a later FROM or JOIN may bring.
 *
 * @param to offset where a text that is being written ends. Names that begin behind it are skipped; a name that ends
 * there may still grow.
 */
export function resolveNames(
  shape: Shape,
  schema: Schema,
  around?: Surroundings,
  to?: number,
): { readonly resolved: readonly Resolved[]; readonly pending: readonly PendingName[] } {
  const context = new NameContext(shape, schema, around, to);
  const resolver = new Resolver(context);
  const { tokens, statement } = shape;
  const end = to === undefined ? tokens.length : tokens.findLastIndex(({ from }) => from < to) + 1;
  for (let i = 0; i < end;) i = Math.max(i + 1, resolver.step(i));
  const resolved = [...context.meanings]
    .sort(([a], [b]) => a - b)
    .flatMap(([i, meaning]) => {
      const token = tokens[i];
      if (token === undefined || i >= end) return [];
      return [{ from: token.from, to: token.to, name: statement.name(i), ...meaning }];
    });
  return { resolved, pending: context.unfinished.pending };
}

/** Sends each name to the resolver for its place. */
class Resolver {
  private readonly columns: ColumnResolver;
  private readonly paths: PathResolver;
  private readonly relations: RelationResolver;

  constructor(private readonly context: NameContext) {
    this.columns = new ColumnResolver(context);
    this.paths = new PathResolver(context, this.columns);
    this.relations = new RelationResolver(context);
  }

  /** Resolves the name or path that begins at token i. Returns the token to go on from. */
  step(i: number): number {
    const { statement, shape, meanings } = this.context;
    if (!statement.isName(i)) return i + 1;
    const path = [i];
    for (let k = i; statement.isMember(k + 2); k += 2) path.push(k + 2);
    const last = path.at(-1) ?? i;
    const frame = shape.frames[i] ?? shape.root;
    const role = shape.roles.get(last) ?? shape.roles.get(i);
    switch (role) {
      case 'relation':
      case 'namespace':
        this.relations.relation(path, frame, role === 'relation');
        break;
      case 'relation-alias':
        this.relations.declaredAlias(last, frame);
        break;
      case 'cte-name':
        meanings.set(last, { kind: 'cte', declares: true });
        break;
      case 'column-list':
      case 'select-alias':
        meanings.set(last, { kind: role === 'select-alias' ? role : 'column', declares: true });
        // In `SELECT t.a b` the path before the alias is an item of its own.
        break;
      case 'insert-column':
        this.columns.insertColumn(path, frame);
        break;
      case 'using-column':
        this.columns.usingColumn(last, frame);
        break;
      case 'window-name':
      case 'declared':
        break;
      default:
        // A member of something that is no name: `${table}.id`.
        if (statement.raw(i - 1) !== '.') this.expression(path, frame);
    }
    return last + 1;
  }

  private expression(path: readonly number[], frame: Frame): void {
    const { statement, visible, words, meanings } = this.context;
    const [first = 0] = path;
    const last = path.at(-1) ?? first;
    const clause = visible.clause(first);
    const qualified = path.length > 1 || statement.raw(last + 1) === '.';
    if (statement.raw(first - 1) === 'collate') return;
    const isCall = statement.raw(last + 1) === '(' && (path.length > 1 || !statement.isKeyword(last));
    if (isCall && clause !== 'ddl') this.paths.called(path, frame);
    else if (clause === 'ddl') this.relations.definition(path, frame);
    else if (qualified) this.paths.qualified(path, frame);
    else if (words.isWindowName(first, clause)) meanings.set(first, { kind: 'window' });
    else if (words.isNoIdentifier(first, clause)) this.functionWord(first);
    else this.columns.single(first, frame);
  }

  /** Some words are both keywords and functions: `left(name, 1)`. */
  private functionWord(i: number): void {
    const { statement, meanings } = this.context;
    if (statement.raw(i + 1) === '(' && functionsOf(statement.dialect).has(statement.raw(i)))
      meanings.set(i, { kind: 'function' });
  }
}
