/** Calls with fewer or more arguments than the function takes, as far as its signature is known (sql/signatures.ts). Pure. */
import { signatureOf } from '../sql/signatures';
import type { Reading } from './reading';

/** The functions that are called so, in order of place. Calls that are not closed are not judged. */
export function miscalled({ raw, shape, schema }: Reading): string[] {
  const found: string[] = [];
  for (const [i, name] of raw.entries()) {
    if (raw[i + 1] !== '(' || raw[i - 1] === '.' || shape.tokens[i]?.kind !== 'word') continue;
    const takes = counts(signatureOf(name, schema.dialect));
    const end = shape.statement.closing(i + 1);
    if (takes === undefined || end >= raw.length) continue;
    const count = argumentCount(raw, i + 2, end);
    if (count < takes.least || count > takes.most) found.push(name);
  }
  return found;
}

function argumentCount(raw: readonly string[], from: number, to: number): number {
  if (from === to) return 0;
  let count = 1;
  for (let i = from, depth = 0; i < to; i++) {
    if (/^[([{]$/.test(raw[i] ?? '')) depth++;
    else if (/^[)\]}]$/.test(raw[i] ?? '')) depth--;
    else if (depth === 0 && raw[i] === ',') count++;
  }
  return count;
}

/** `(text, start[, length])` takes two or three; undefined where a grammar of its own stands in the brackets. */
function counts(
  signature: string | undefined,
): { readonly least: number; readonly most: number } | undefined {
  if (signature === undefined || /[A-Z|]/.test(signature)) return undefined;
  const inner = signature.slice(1, -1);
  if (inner === '') return { least: 0, most: 0 };
  const [needed = ''] = inner.split('[');
  const number = (text: string): number => text.split(',').filter((part) => /\w/.test(part)).length;
  return { least: number(needed), most: inner.includes('…') ? Infinity : number(inner) };
}
