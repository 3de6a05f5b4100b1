/** The list of columns behind INSERT INTO: names of the table alone, a comma between two. Pure. */
import type { Problem } from '../problem';
import type { Reading } from '../reading';

export function brokenInsertLists(reading: Reading): Problem[] {
  const { shape, raw, length } = reading;
  const found: Problem[] = [];
  for (let i = 0; i < length; i++) {
    if (raw[i] !== 'into' || !/^(?:insert|replace|ignore|overwrite)$/.test(raw[i - 1] ?? '')) continue;
    let k = i + 2;
    while (raw[k] === '.') k += 2;
    if (raw[k] === 'as') k += 2;
    // A query in brackets may stand in the list's place.
    if (raw[k] !== '(' || /^(?:select|with|values|\()$/.test(raw[k + 1] ?? '')) continue;
    for (let name = true; ++k < length && raw[k] !== ')'; name = !name) {
      const fits = name ? reading.isName(k) : raw[k] === ',';
      if (fits) continue;
      found.push({ kind: 'insert-list', at: shape.tokens[k]?.from ?? 0 });
      break;
    }
  }
  return found;
}
