/**
 * Makes the outline of a text: one symbol for each statement, named by its verb and its table, with its common tables
 * below.
 */
import type { Dialect } from '../schema/model';
import { readShape } from '../sql/shape/readShape';
import type { Frame, Shape } from '../sql/shape/shape';
import { splitStatements } from '../sql/statements/statements';
import { identifierName, tokenize, type Token } from '../sql/tokens';

export interface Symbol {
  readonly kind: 'table' | 'view' | 'query' | 'change' | 'common table' | 'other';
  readonly name: string;
  /** The comment above the statement, or else the tables that it reads. */
  readonly detail: string;
  readonly from: number;
  readonly to: number;
  /** Range to select: the statement's first word, or the name. */
  readonly nameFrom: number;
  readonly nameTo: number;
  readonly children: readonly Symbol[];
}

/** Nobody reads an outline with more statements than this: the rest is left out. */
const mostSymbols = 5000;

export function symbols(text: string, dialect: Dialect): Symbol[] {
  return splitStatements(text, dialect)
    .slice(0, mostSymbols)
    .flatMap(({ from, to }) => {
      const shape = readShape(text, { from, to }, dialect);
      const first = shape.tokens[0];
      if (first === undefined || text.slice(first.from, first.to) === ';') return [];
      return [
        {
          ...describe(text, shape),
          detail: titleComment(text.slice(from, first.from), dialect),
          from,
          to,
          nameFrom: first.from,
          nameTo: first.to,
          children: commonTables(shape),
        },
      ];
    });
}

const changes = new Set(['insert', 'update', 'delete', 'merge', 'replace', 'truncate']);

function describe(text: string, shape: Shape): Pick<Symbol, 'kind' | 'name'> {
  const words = shape.tokens.slice(0, 12).map((token) => text.slice(token.from, token.to));
  const lower = words.map((word) => word.toLowerCase());
  const [verb = ''] = lower;
  if (['create', 'alter', 'drop'].includes(verb)) {
    const at = lower.findIndex((word) => objects.has(word));
    const skip = (i: number): number =>
      ['if', 'not', 'exists', 'concurrently', 'only'].includes(lower[i] ?? '') ? skip(i + 1) : i;
    const name = at < 0 ? '' : pathAt(text, shape.tokens, skip(at + 1));
    const what = [verb, lower[at] ?? ''].join(' ').trim().toUpperCase();
    const isMade = verb === 'create';
    return {
      kind: isMade && lower[at] === 'table' ? 'table' : isMade && lower[at] === 'view' ? 'view' : 'other',
      name: `${what} ${name}`.trim(),
    };
  }
  const spoken = verb === 'with' ? mainVerb(text, shape) : verb;
  const names = [...new Set(relationNames(shape.root))].slice(0, 4).join(', ');
  const isQuery = ['select', 'values', 'from', 'table', 'show', 'explain'].includes(spoken);
  return {
    kind: changes.has(spoken) ? 'change' : isQuery ? 'query' : 'other',
    name: `${spoken.toUpperCase()} ${names}`.trim(),
  };
}

const objects = new Set([
  'table',
  'view',
  'index',
  'trigger',
  'function',
  'procedure',
  'schema',
  'type',
  'sequence',
  'database',
  'event',
  'macro',
  'extension',
]);

/** The verb of a statement that begins with WITH: the first one outside the common tables. */
function mainVerb(text: string, { tokens }: Shape): string {
  let depth = 0;
  for (const { from, to } of tokens) {
    const word = text.slice(from, to).toLowerCase();
    if (word === '(') depth++;
    else if (word === ')') depth--;
    else if (depth === 0 && (changes.has(word) || word === 'select' || word === 'values')) return word;
  }
  return 'with';
}

/**
 * Tables of the statement's own queries, not of those inside them. Without recursion: brackets around unions may be
 * very deep.
 */
function relationNames(root: Frame): string[] {
  const names: string[] = [];
  const open = [root];
  for (let frame = open.pop(); frame !== undefined; frame = open.pop()) {
    const own = frame.relations.flatMap(({ name }) => (name === undefined ? [] : [name]));
    for (const name of own) names.push(name);
    if (own.length === 0) open.push(...frame.children.filter(({ isolated }) => !isolated).reverse());
  }
  return names;
}

function pathAt(text: string, tokens: readonly Token[], i: number): string {
  const token = tokens[i];
  if (token === undefined || (token.kind !== 'word' && token.kind !== 'quoted')) return '';
  const name = identifierName(token, text);
  const dot = tokens[i + 1];
  const isPath = dot !== undefined && text.slice(dot.from, dot.to) === '.';
  return isPath ? `${name}.${pathAt(text, tokens, i + 2)}` : name;
}

function commonTables(shape: Shape): Symbol[] {
  return shape.root.ctes.flatMap(({ name, from, nameToken, body }) => {
    const token = shape.tokens[nameToken ?? -1];
    if (token === undefined) return [];
    return [
      {
        kind: 'common table' as const,
        name,
        detail: '',
        from,
        to: Math.max(body?.to ?? token.to, token.to),
        nameFrom: token.from,
        nameTo: token.to,
        children: [],
      },
    ];
  });
}

/** The last comment above a statement, on one line. */
function titleComment(text: string, dialect: Dialect): string {
  const comment = tokenize(text, dialect).findLast(({ kind }) => kind === 'comment');
  if (comment === undefined) return '';
  return text
    .slice(comment.from, comment.to)
    .replace(/^(?:--|#|\/\*+)\s*|\s*\*+\/$/g, '')
    .replace(/\s+/g, ' ')
    .slice(0, 80);
}
