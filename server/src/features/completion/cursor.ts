/**
 * Reads where the cursor stands, for the completion list: the word being written, the names before it, and what the
 * statement expects there. It puts a name of its own in place of the word before it reads the statement. So a
 * half-written word becomes no alias and swallows nothing behind it, and the reading tells what a name would be at this
 * place.
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
  /** The table that the statement writes to. */
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
  /** The language around a routine's statements: only a trigger's rows and words that begin a statement fit. */
  | 'row'
  | 'nothing';

/** In or right behind these tokens nobody writes a name of the schema. */
const holdsNoName: ReadonlySet<TokenKind> = new Set([
  'comment',
  'number',
  'parameter',
  'placeholder',
  'command',
]);

/** Stands in for the word at the cursor while the statement is read. */
const placeholder = 'zz_at_cursor';

export interface Qualifier {
  readonly name: string;
  /** The form in which names are compared. */
  readonly key: string;
}

export interface Place {
  readonly expects: Expectation;
  /** Document range that an item replaces: the word, or the content of the string. */
  readonly from: number;
  readonly to: number;
  /** The part of the word that is typed, without quotes. */
  readonly word: string;
  /** The quote that the word begins with, if any. */
  readonly quote?: string;
  /** The names before the word with their dots: `main.t.` */
  readonly path: readonly Qualifier[];
  readonly frame: Frame;
  readonly clause: Clause;
  readonly dialect: Dialect;
  /** The statement as it was read, its tokens, and the index of the token at the cursor. */
  readonly shape: Shape;
  readonly reading: StatementText;
  readonly index: number;
  /** Index of the `(` around the cursor within the same query; -1 when there is none. */
  readonly parenthesis: number;
}

/** Reads the place at an offset of a document. */
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
  const word = wordOf(touched, at, local);
  // A word that touches the cursor from behind stays a word of its own.
  const gap = /^[\p{L}\p{N}_]/u.test(local.slice(word.to)) ? ' ' : '';
  const written = isStar ? local : local.slice(0, word.from) + placeholder + gap + local.slice(word.to);
  const shape = readShape(written, { from: 0, to: written.length }, dialect);
  const reading = shape.statement;
  const index = reading.tokens.findIndex((token) => token.from === word.from);
  if (index < 0 || (isStar && !reading.isStar(index))) return nothing();
  const path: Qualifier[] = [];
  let isField = false;
  for (let i = index; reading.raw(i - 1) === '.'; i -= 2) {
    // Fields of a composite: fields.ts reads what the bracket holds.
    if (reading.raw(i - 2) === ')') {
      path.length = 0;
      isField = true;
      break;
    }
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
      : isField
        ? 'nothing'
        : path.length > 0
          ? 'member'
          : isControl
            ? controlExpectation(place)
            : expectation(place),
  };

  function stringPlace(string: Token): Place {
    // A string without its end would take in all the text behind it: close it at the cursor.
    const closed = string.closed ? local : `${local.slice(0, at)}'${local.slice(at)}`;
    const stringShape = readShape(closed, { from: 0, to: closed.length }, dialect);
    const i = stringShape.tokens.findIndex((token) => token.from === string.from);
    // E'…' and the like: take what is between the quotes.
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

/** The range to replace. A quoted name without its end would take in the rest of the line: it ends at the cursor. */
function wordOf(touched: Token | undefined, at: number, text: string): Pick<Token, 'kind' | 'from' | 'to'> {
  if (touched === undefined) return { kind: 'word', from: at, to: at };
  if (!touched.closed || (touched.kind === 'quoted' && closesAnother(touched, at, text)))
    return { ...touched, to: at };
  return touched;
}

/** Whether the name's second quote opens another name: behind the cursor quotes stand in pairs. */
function closesAnother({ from, to }: Token, at: number, text: string): boolean {
  if (at >= to) return false;
  const quote = text.charAt(from);
  return quote !== '[' && (text.slice(at).split(quote).length - 1) % 2 === 0;
}

/** The token that the cursor is in or touches from behind. A star counts; other operators do not. */
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
    // The parenthesis around a query is not inside that query.
    if (token === undefined || (token.from < frame.from && frame.parent !== undefined)) return -1;
    const raw = reading.raw(i);
    if (raw === ')') depth++;
    else if (raw === '(' && depth-- === 0) return i;
  }
  return -1;
}

/** The frame as the text has it: without the relation that the placeholder seemed to be. */
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

/** Between a routine's statements only words that begin a statement and the rows of a trigger fit. */
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
