/**
 * Says in plain words what a query asks for, from its text alone: `SELECT name FROM pets WHERE age > 3` is "name of pets
 * where age is more than 3". For reading beside the statement; what it does not know it writes as it stands. Total.
 */
import type { Dialect } from './dialect';
import { splitStatements } from './statements/statements';
import { StatementText } from './shape/statementText';

/** Clauses by their first words. */
const clauseWords = ['select', 'from', 'where', 'group', 'having', 'order', 'limit'] as const;
type Clause = (typeof clauseWords)[number];

/** A part of a statement: its tokens from one index to another. */
interface Part {
  readonly from: number;
  readonly to: number;
}

/** Longer descriptions are cut off. */
const longest = 240;

/** One line; empty where the text is no query. */
export function statementWords(sql: string, dialect: Dialect): string {
  const [statement] = splitStatements(sql, dialect);
  if (!statement) return '';
  const text = new StatementText(sql, statement, dialect);
  let to = text.tokens.length;
  while (to > 0 && text.raw(to - 1) === ';') to--;
  const words = new Describer(text).query({ from: 0, to });
  return words.length > longest ? `${words.slice(0, longest).trimEnd()}…` : words;
}

const comparisons = new Map([
  ['=', 'is'],
  ['==', 'is'],
  ['<>', 'is not'],
  ['!=', 'is not'],
  ['>', 'is more than'],
  ['<', 'is less than'],
  ['>=', 'is at least'],
  ['<=', 'is at most'],
]);

const aggregates = new Map([
  ['count', 'the number of'],
  ['sum', 'the sum of'],
  ['avg', 'the average of'],
  ['min', 'the smallest'],
  ['max', 'the largest'],
]);

class Describer {
  constructor(private readonly text: StatementText) {}

  query(part: Part): string {
    const { text } = this;
    if (text.raw(part.from) === 'with') {
      const select = this.#find(part, (word) => word === 'select');
      return select === undefined ? '' : this.query({ from: select, to: part.to });
    }
    const set = this.#find(part, (word) => /^(?:union|intersect|except)$/.test(word));
    if (set !== undefined) {
      const second = text.raw(set + 1) === 'all' ? set + 2 : set + 1;
      const between = { union: 'and also', intersect: 'that are also', except: 'but not' }[text.raw(set)];
      return `${this.query({ from: part.from, to: set })}; ${between ?? ''} ${this.query({ from: second, to: part.to })}`;
    }
    if (text.raw(part.from) !== 'select') return '';
    const clauses = this.#clauses(part);
    const said = (clause: Clause, say: (part: Part) => string): string => {
      const found = clauses.get(clause);
      return found ? say(found) : '';
    };
    const distinct = text.raw(part.from + 1) === 'distinct' ? 'different ' : '';
    return [
      said('select', (list) => distinct + this.#list(distinct ? { ...list, from: list.from + 1 } : list)),
      said('from', (from) => ` of ${this.#tables(from)}`),
      said('where', (where) => ` where ${this.#expression(where)}`),
      said('group', (group) => `, for each ${this.#list({ ...group, from: group.from + 1 })}`),
      said('having', (having) => `, of those only where ${this.#expression(having)}`),
      said('order', (order) => `, ${this.#order({ ...order, from: order.from + 1 })}`),
      said('limit', (limit) => `, only ${this.#number(limit)}`),
    ].join('');
  }

  /** What stands behind each clause's first word, up to the next one. */
  #clauses(part: Part): ReadonlyMap<Clause, Part> {
    const found: { clause: Clause; at: number }[] = [];
    this.#each(part, (i) => {
      const clause = clauseWords.find((word) => word === this.text.raw(i));
      if (clause) found.push({ clause, at: i });
    });
    return new Map(
      found.map(({ clause, at }, i) => [clause, { from: at + 1, to: found[i + 1]?.at ?? part.to }]),
    );
  }

  #list(part: Part): string {
    const items = this.#split(part, (word) => word === ',').map((item) =>
      this.#expression(withoutAlias(this.text, item)),
    );
    return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
  }

  #tables(part: Part): string {
    const names: string[] = [];
    this.#each(part, (i) => {
      const before = this.text.raw(i - 1);
      if (i !== part.from && before !== 'join' && before !== ',') return;
      if (this.text.raw(i) === '(')
        names.push(`(${this.query({ from: i + 1, to: this.#closing(i, part.to) })})`);
      else {
        let last = i;
        while (this.text.raw(last + 1) === '.') last += 2;
        names.push(this.#name(last));
      }
    });
    return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} with ${names.at(-1) ?? ''}`;
  }

  #order(part: Part): string {
    const keys = this.#split(part, (word) => word === ',').map((key) => {
      let to = key.to;
      let down = false;
      for (; to > key.from && /^(?:asc|desc|nulls|first|last)$/.test(this.text.raw(to - 1)); to--)
        down ||= this.text.raw(to - 1) === 'desc';
      const by = this.#expression({ from: key.from, to });
      return `by ${by}${down ? ', largest first' : ''}`;
    });
    return keys.join(', then ');
  }

  #number(part: Part): string {
    const count = this.#written({ from: part.from, to: part.from + 1 });
    return count === '1' ? 'the first' : `the first ${count}`;
  }

  /** Word by word: columns without their qualifiers, comparisons and aggregates in words, queries in brackets. */
  #expression({ from, to }: Part): string {
    const { text } = this;
    const said: string[] = [];
    const isCall = (i: number): boolean =>
      i > from && text.token(i - 1)?.to === text.token(i)?.from && text.isName(i - 1);
    for (let i = from; i < to; i++) {
      const word = text.raw(i);
      const aggregate = text.raw(i + 1) === '(' ? aggregates.get(word) : undefined;
      if (aggregate !== undefined) {
        const end = this.#closing(i + 1, to);
        const isDistinct = text.raw(i + 2) === 'distinct';
        const inner = this.#expression({ from: i + (isDistinct ? 3 : 2), to: end });
        said.push(`${aggregate} ${isDistinct ? 'different ' : ''}${inner === 'everything' ? 'rows' : inner}`);
        i = end;
      } else if (word === '(' && /^(?:select|with)$/.test(text.raw(i + 1))) {
        const end = this.#closing(i, to);
        said.push(`(${this.query({ from: i + 1, to: end })})`);
        i = end;
      } else if (text.raw(i + 1) === '.' && i + 2 < to) {
        i++; // a qualifier
      } else if (word === '*' && (i === from || text.raw(i - 1) === '.')) said.push('everything');
      else if (word === 'not' && text.raw(i + 1) === 'in') {
        said.push('is none of');
        i++;
      } else if (word === 'in') said.push('is one of');
      else if (word === 'not' && text.raw(i + 1) === 'exists') {
        said.push('there is no');
        i++;
      } else if (word === 'exists') said.push('there is');
      else if (word === 'is' && text.raw(i + 1) === 'not' && text.raw(i + 2) === 'null') {
        said.push('is known');
        i += 2;
      } else if (word === 'is' && text.raw(i + 1) === 'null') {
        said.push('is unknown');
        i++;
      } else if (word === 'like' || word === 'ilike')
        said.push(text.raw(i - 1) === 'not' ? 'like' : 'is like');
      else if (word === 'not' && /^i?like$/.test(text.raw(i + 1))) said.push('is not');
      else if (word === 'between') said.push('is between');
      else if (word === '(' && isCall(i)) said.push(`${said.pop() ?? ''}(`);
      else if (text.isKeyword(i)) said.push(word);
      else said.push(comparisons.get(word) ?? this.#name(i));
    }
    return said
      .join(' ')
      .replace(/ ([,)])/g, '$1')
      .replace(/\( /g, '(');
  }

  /** A name without its quotes, everything else as it is written. */
  #name(i: number): string {
    const { text } = this;
    return text.token(i)?.kind === 'quoted' ? text.name(i) : text.written(i);
  }

  #written(part: Part): string {
    return Array.from({ length: part.to - part.from }, (_, k) => this.text.written(part.from + k)).join(' ');
  }

  /** The tokens of a part that stand in none of its brackets. */
  #each({ from, to }: Part, visit: (i: number) => void): void {
    let depth = 0;
    for (let i = from; i < to; i++) {
      const word = this.text.raw(i);
      if (word === ')') depth--;
      if (depth === 0) visit(i);
      if (word === '(') depth++;
    }
  }

  #find(part: Part, is: (word: string) => boolean): number | undefined {
    let found: number | undefined;
    this.#each(part, (i) => {
      if (found === undefined && is(this.text.raw(i))) found = i;
    });
    return found;
  }

  #split(part: Part, is: (word: string) => boolean): Part[] {
    const ends: number[] = [];
    this.#each(part, (i) => {
      if (is(this.text.raw(i))) ends.push(i);
    });
    return [...ends, part.to].map((to, k) => ({ from: k === 0 ? part.from : (ends[k - 1] ?? 0) + 1, to }));
  }

  /** Where the bracket that opens at i closes; `to` where it does not. */
  #closing(i: number, to: number): number {
    let depth = 0;
    for (let at = i; at < to; at++) {
      if (this.text.raw(at) === '(') depth++;
      if (this.text.raw(at) === ')' && --depth === 0) return at;
    }
    return to;
  }
}

/** `price AS p` without what is behind the expression. */
function withoutAlias(text: StatementText, { from, to }: Part): Part {
  return to - 2 > from && text.raw(to - 2) === 'as' ? { from, to: to - 2 } : { from, to };
}
