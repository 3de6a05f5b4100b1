/**
 * Where the cursor stands, for completion: the word being written, what qualifies it, and what the statement expects
 * there. The statement is read with a name of our own in place of the word, so that a half-written word neither
 * becomes an alias nor swallows what follows, and the reading itself says what part a name would play here.
 */
import type { Dialect } from '../../schema/model';
import { clauseAt, frameAt } from '../../sql/shape/scope';
import { readShape } from '../../sql/shape/readShape';
import type { Clause, Frame, RelationInScope, Shape } from '../../sql/shape/shape';
import type { StatementText } from '../../sql/shape/statementText';
import { routinePartAt } from '../../sql/statements/routines';
import { isClientLine, statementAt } from '../../sql/statements/statements';
import { tokenize, type Token, type TokenKind } from '../../sql/tokens';
import { isHalf } from './phraseHalves';

export type Expectation =
  /** The first word of a statement. */
  | 'statement'
  /** The second half of a phrase such as GROUP BY. */
  | 'keyword'
  | 'relation'
  /** The table that is written to. */
  | 'target'
  | 'member'
  | 'operand'
  | 'after operand'
  | 'after relation'
  | 'insert column'
  | 'set column'
  | 'using column'
  | 'ddl'
  | 'with'
  | 'value'
  | 'star'
  /** A routine's own language around its statements: the rows of a trigger. */
  | 'row'
  | 'nothing';

/** What the cursor is in or behind where nothing of the schema is written. */
const holdsNoName: ReadonlySet<TokenKind> = new Set([
  'comment',
  'number',
  'parameter',
  'placeholder',
  'command',
]);

/** Stands for the word at the cursor while the statement is read. */
const placeholder = 'zz_at_cursor';

export interface Qualifier {
  readonly name: string;
  /** As names are compared. */
  readonly key: string;
}

export interface Place {
  readonly expects: Expectation;
  /** Document range of the word, or of the content of the string, that an item replaces. */
  readonly from: number;
  readonly to: number;
  /** What is typed of it, quotes left out. */
  readonly word: string;
  /** Set where the word is begun with a quote. */
  readonly quote?: string;
  /** Names before the word, each with its dot: `main.t.` */
  readonly path: readonly Qualifier[];
  readonly frame: Frame;
  readonly clause: Clause;
  readonly dialect: Dialect;
  /** The statement as it was read, with its tokens, and in it the token at the cursor. */
  readonly shape: Shape;
  readonly reading: StatementText;
  readonly index: number;
  /** Index of the `(` the cursor is in, within the same query; -1 where there is none. */
  readonly parenthesis: number;
}

/** Reads the place at a document offset. */
export function placeAt(text: string, offset: number, dialect: Dialect): Place {
  const part = routinePartAt(text, offset, dialect);
  const statement = part?.range ?? statementAt(text, offset, dialect);
  const isControl = part?.isStatement === false;
  const local = text.slice(statement.from, statement.to);
  const at = offset - statement.from;
  const touched = tokenAt(local, at, dialect);
  const nothing = (from = at, to = at): Place => {
    const shape = readShape('', { from: 0, to: 0 }, dialect);
    return {
      expects: 'nothing',
      from: statement.from + from,
      to: statement.from + to,
      word: '',
      path: [],
      frame: shape.root,
      clause: 'none',
      dialect,
      shape,
      reading: shape.statement,
      index: 0,
      parenthesis: -1,
    };
  };
  if (isClientLine(text, statement, dialect)) return nothing();
  if (touched !== undefined && holdsNoName.has(touched.kind)) return nothing();
  if (touched?.kind === 'string') return stringPlace(touched);

  const isStar = touched?.kind === 'operator';
  const word = wordOf(touched, at);
  // A word right behind the cursor stays one of its own.
  const gap = /^[\p{L}\p{N}_]/u.test(local.slice(word.to)) ? ' ' : '';
  const written = isStar ? local : local.slice(0, word.from) + placeholder + gap + local.slice(word.to);
  const shape = readShape(written, { from: 0, to: written.length }, dialect);
  const reading = shape.statement;
  const index = reading.tokens.findIndex((token) => token.from === word.from);
  if (index < 0 || (isStar && !reading.isStar(index))) return nothing();
  const path: Qualifier[] = [];
  for (let i = index; reading.raw(i - 1) === '.'; i -= 2) {
    if (!reading.isName(i - 2)) return nothing();
    path.push({ name: reading.name(i - 2), key: reading.key(i - 2) });
  }
  path.reverse();
  const frame = shape.frames[index] ?? frameAt(shape.root, word.from);
  const clause = clauseAt(frame, word.from);
  const parenthesis = openParenthesis(reading, index, frame);
  const typed = local.slice(word.from, at);
  const place = {
    from: statement.from + word.from,
    to: statement.from + word.to,
    word: word.kind === 'quoted' ? typed.slice(1) : typed,
    ...(word.kind === 'quoted' ? { quote: typed.charAt(0) } : {}),
    path,
    frame: withoutPlaceholder(frame),
    clause,
    dialect,
    shape,
    reading,
    index,
    parenthesis,
  };
  return {
    ...place,
    expects: isStar
      ? 'star'
      : path.length > 0
        ? 'member'
        : isControl
          ? controlExpectation(place)
          : expectation(place),
  };

  function stringPlace(string: Token): Place {
    // Without its end it takes in all that follows, which is text of its own.
    const closed = string.closed ? local : `${local.slice(0, at)}'${local.slice(at)}`;
    const stringShape = readShape(closed, { from: 0, to: closed.length }, dialect);
    const i = stringShape.tokens.findIndex((token) => token.from === string.from);
    // E'…' and the like: what is between the quotes.
    const open = local.indexOf(local.charAt(string.closed ? string.to - 1 : string.from), string.from);
    const stringFrame = stringShape.frames[i] ?? stringShape.root;
    return {
      ...nothing(open + 1, string.closed ? string.to - 1 : at),
      expects: open < at ? 'value' : 'nothing',
      word: local.slice(open + 1, at),
      quote: "'",
      frame: stringFrame,
      clause: clauseAt(stringFrame, string.from),
      shape: stringShape,
      reading: stringShape.statement,
      index: i,
      parenthesis: openParenthesis(stringShape.statement, i, stringFrame),
    };
  }
}

/** What is replaced. A quoted name without its end takes in the rest of the line, which is text of its own. */
function wordOf(touched: Token | undefined, at: number): Pick<Token, 'kind' | 'from' | 'to'> {
  if (touched === undefined) return { kind: 'word', from: at, to: at };
  return touched.closed ? touched : { ...touched, to: at };
}

/** The token that the cursor is in or right behind, where it matters; a star counts, other operators do not. */
function tokenAt(text: string, at: number, dialect: Dialect): Token | undefined {
  const token = tokenize(text, dialect).find((t) => t.from < at && at <= t.to);
  if (token === undefined) return undefined;
  const isInside = at < token.to || !token.closed;
  switch (token.kind) {
    case 'word':
    case 'quoted':
    case 'number':
    case 'parameter':
    case 'placeholder':
    case 'command':
      return token;
    case 'string':
      return isInside ? token : undefined;
    case 'comment':
      return isInside || !text.startsWith('/*', token.from) ? token : undefined;
    case 'operator':
      return text.slice(token.from, token.to) === '*' ? token : undefined;
    default:
      return undefined;
  }
}

function openParenthesis(reading: StatementText, index: number, frame: Frame): number {
  let depth = 0;
  for (let i = index - 1; i >= 0; i--) {
    const token = reading.token(i);
    // The parenthesis around a query is not one inside it.
    if (token === undefined || (token.from < frame.from && frame.parent !== undefined)) return -1;
    const raw = reading.raw(i);
    if (raw === ')') depth++;
    else if (raw === '(' && depth-- === 0) return i;
  }
  return -1;
}

/** The frame as the text has it: without what the placeholder seemed to introduce. */
function withoutPlaceholder(frame: Frame): Frame {
  const relations = frame.relations
    .filter((relation) => relation.name !== placeholder)
    .map((relation): RelationInScope => {
      if (relation.alias !== placeholder) return relation;
      const { alias: _, ...rest } = relation;
      return rest;
    });
  return {
    ...frame,
    relations,
    selectAliases: frame.selectAliases.filter((alias) => alias !== placeholder),
    ctes: frame.ctes.filter((cte) => cte.name !== placeholder),
  };
}

/** Between a routine's statements only what begins one and the rows of a trigger are known. */
function controlExpectation({ reading, index }: Omit<Place, 'expects'>): Expectation {
  if (index === 0) return 'statement';
  return reading.isOperand(index - 1) ? 'nothing' : 'row';
}

function expectation(place: Omit<Place, 'expects'>): Expectation {
  const { shape, reading, index, clause, parenthesis } = place;
  const role = shape.roles.get(index);
  const previous = reading.raw(index - 1);
  if (index === 0 || previous === 'explain' || previous === ';') return 'statement';
  if (isHalf(previous) && reading.raw(index - 2) !== '.') return 'keyword';
  switch (role) {
    case 'relation':
      return clause === 'insert' || clause === 'update' ? 'target' : 'relation';
    case 'cte-name':
      return 'with';
    case 'relation-alias':
      return previous === 'as' ? 'nothing' : 'after relation';
    case 'select-alias':
      return previous === 'as' ? 'nothing' : 'after operand';
    case 'column-list':
    case 'namespace':
    case 'declared':
      return 'nothing';
    case 'insert-column':
      return 'insert column';
    case 'using-column':
      return 'using column';
    case undefined:
      break;
  }
  if (clause === 'ddl') return 'ddl';
  if (clause === 'with') return 'with';
  if (clause === 'using' || clause === 'insert' || clause === 'update') return 'after relation';
  if ((clause === 'from' || clause === 'join') && parenthesis < 0) return 'after relation';
  if (reading.isOperand(index - 1)) return 'after operand';
  if (clause === 'set' && parenthesis < 0 && (previous === 'set' || previous === ',')) return 'set column';
  if (previous === 'as' || clause === 'limit') return 'nothing';
  return clause === 'none' ? 'after operand' : 'operand';
}
