/**
 * Finds what is certainly wrong with the names and values of a text, and how to mend it: unknown tables and columns,
 * ambiguous columns, a wrong number of values. Returns plain values; handlers/diagnostics.ts publishes them.
 */
import type { Dialect, Schema } from '../../schema/model';
import { quoteIdentifier } from '../../schema/render';
import { resolveStatement } from '../../resolve/resolve';
import type { Resolved } from '../../resolve/resolved';
import { routineOf } from '../../sql/statements/routines';
import { readShape } from '../../sql/shape/readShape';
import { splitStatements, type Statement } from '../../sql/statements/statements';
import { createdNames } from './createdNames';
import type { Diagnostic, Fix } from './diagnostic';
import { missingTargets } from './missingTargets';
import { wrongValueCounts } from './valueCounts';

/** Nobody reads more marks than this, and a wrong dialect makes thousands. */
const mostProblems = 500;

/** Most tables that a message lists, and most fixes that are offered for a name. */
const mostNamed = 5;

/**
 * Problems of all statements of a text, in order of place, up to 500; none when the schema has no tables. Names that
 * the text itself creates or alters are left alone, and so is the name or the list of values at the cursor.
 */
export function diagnostics(
  text: string,
  schema: Schema,
  dialect: Dialect,
  cursor?: number,
): readonly Diagnostic[] {
  return diagnoseStatements(text, splitStatements(text, dialect), schema, dialect, cursor);
}

/** The same for statements that were found before, for example those of the visible part of a large text. */
export function diagnoseStatements(
  text: string,
  statements: readonly Statement[],
  schema: Schema,
  dialect: Dialect,
  cursor?: number,
): readonly Diagnostic[] {
  if (schema.tables.length === 0) return [];
  const created = createdNames(text, statements, dialect);
  const found: Diagnostic[] = [];
  const problems = function* (statement: Statement): Iterable<Diagnostic> {
    yield* nameProblems(text, statement, schema, dialect, created);
    for (const part of routineOf(text, statement, dialect)?.body ?? [statement])
      yield* wrongValueCounts(text, readShape(text, part, dialect), schema, dialect, created);
  };
  const missing = missingTargets(text, statements, schema, dialect);
  for (const statement of statements) {
    // A template's conditions and loops decide what of the statement remains: nothing is certain.
    if (/\{%/.test(text.slice(statement.from, statement.to))) continue;
    for (const problem of [...problems(statement), ...(missing.get(statement) ?? [])]) {
      if (cursor !== undefined && problem.from <= cursor && cursor <= problem.to) continue;
      if (found.push(problem) === mostProblems) return found;
    }
  }
  return found;
}

function* nameProblems(
  text: string,
  statement: Statement,
  schema: Schema,
  dialect: Dialect,
  created: ReadonlySet<string>,
): Iterable<Diagnostic> {
  const resolved = resolveStatement(text, statement, schema, dialect);
  const isCreated = (name: string) => created.has(name.toLowerCase());
  // A table that the text creates or alters may have other columns than the schema says.
  const readsCreated =
    created.size > 0 &&
    resolved.some((one) => one.kind === 'table' && isCreated(one.table?.name ?? one.name));
  if (readsCreated) return;
  for (const one of resolved) {
    if (one.problem === undefined || isCreated(one.name)) continue;
    const { from, to, problem: code } = one;
    const near = one.candidates?.() ?? [];
    yield { from, to, code, message: messageOf(one, near), fixes: fixesOf(one, near, dialect) };
  }
}

function messageOf({ problem, kind, name, table, relation }: Resolved, near: readonly string[]): string {
  switch (problem) {
    case 'ambiguous-column': {
      const more = near.length > mostNamed ? ` and ${near.length - mostNamed} more` : '';
      return `Column ${name} is in more than one table: ${near.slice(0, mostNamed).join(', ')}${more}.`;
    }
    case 'unknown-table':
      if (kind !== 'alias') return `Unknown table ${name}.`;
      return table === undefined
        ? `No table or alias ${name} in this query.`
        : `Table ${name} is not named so in FROM of this query.`;
    default: {
      const owner = relation?.alias ?? relation?.name;
      return owner === undefined ? `Unknown column ${name}.` : `${owner} has no column ${name}.`;
    }
  }
}

function fixesOf({ problem, from, to }: Resolved, near: readonly string[], dialect: Dialect): Fix[] {
  return near.slice(0, mostNamed).map((candidate) => {
    const text = quoteIdentifier(candidate, dialect);
    return problem === 'ambiguous-column'
      ? { title: `Qualify with ${candidate}`, from, to: from, text: `${text}.` }
      : { title: `Change to ${candidate}`, from, to, text };
  });
}
