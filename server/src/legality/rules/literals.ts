/** Finds strings that the compared column cannot hold, because its enum or CHECK lists the values. Pure. */
import { stringValue } from '../../sql/quoteLiteral';
import { comparedColumn } from '../comparedColumns';
import type { Problem } from '../problem';
import type { Reading } from '../reading';

/** Strings that an enum or a CHECK rules out, and cannot become what it allows. */
export function wrongLiterals(reading: Reading): Problem[] {
  const { shape, text, length } = reading;
  const found: Problem[] = [];
  for (let i = 0; i < length; i++) {
    const token = shape.tokens[i];
    if (token?.kind !== 'string') continue;
    const values = comparedColumn(reading, i)?.values;
    if (values === undefined || values.from === 'sample') continue;
    const literal = stringValue(text.slice(token.from, token.to), token.closed, reading.schema.dialect);
    const fits = values.list.some((value) => (token.closed ? value === literal : value.startsWith(literal)));
    if (!fits) found.push({ kind: 'wrong-literal', at: token.from });
  }
  return found;
}
