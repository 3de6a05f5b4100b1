/** Finds which tables a text creates or changes by itself: what the schema knows of those may be out of date. */
import type { Dialect } from '../../schema/model';
import { statementTokens, type Statement } from '../../sql/statements/statements';
import { identifierName } from '../../sql/tokens';

const makers = new Set(['create', 'alter', 'rename']);
const between = new Set(['if', 'not', 'exists', 'only', 'unique', 'materialized', 'recursive']);

/** Lower-case names of the tables and views that statements create, alter or select into. */
export function createdNames(
  text: string,
  statements: readonly Statement[],
  dialect: Dialect,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of statements) {
    const source = text.slice(statement.from, statement.to);
    if (!/\b(?:create|alter|rename|into|attach)\b/i.test(source)) continue;
    const tokens = statementTokens(text, statement, dialect);
    const word = (i: number): string => {
      const token = tokens[i];
      return token?.kind === 'word' ? text.slice(token.from, token.to).toLowerCase() : '';
    };
    const first = word(0);
    for (let i = 1; i < tokens.length; i++) {
      const isMade = makers.has(first) && ['table', 'view', 'to'].includes(word(i));
      const isWritten = ['insert', 'replace', 'merge', 'ignore', 'overwrite'].includes(word(i - 1));
      const isInto = word(i) === 'into' && !isWritten && (first === 'select' || first === 'with');
      if (!isMade && !isInto) continue;
      let at = i + 1;
      while (between.has(word(at)) || (isInto && ['table', 'temp', 'temporary'].includes(word(at)))) at++;
      while (text.charAt(tokens[at + 1]?.from ?? text.length) === '.') at += 2;
      const token = tokens[at];
      if (token?.kind === 'word' || token?.kind === 'quoted')
        names.add(identifierName(token, text).toLowerCase());
    }
  }
  return names;
}
