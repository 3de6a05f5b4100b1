/** Completion items for functions, with their arguments: those of the dialect and those that the database defines. */
import type { Schema } from '../../schema/model';
import { functionsOf } from '../../sql/keywords';
import { signatureOf } from '../../sql/signatures';
import { snippetText, type CompletionItem } from './item';
import type { Place } from './cursor';
import type { Style } from './style';

export function functionItems(place: Place, schema: Schema, style: Style): CompletionItem[] {
  const isCalled = place.reading.raw(place.index + 1) === '(';
  const item = (name: string, written: string, signature: string | undefined): CompletionItem => {
    const takesNone = signature === '()';
    return {
      kind: 'function',
      label: name,
      insert: isCalled ? written : `${written}()`,
      ...(isCalled || takesNone ? {} : { snippet: `${snippetText(written)}($0)` }),
      detail: signature ?? '()',
      subject: { kind: 'function', name },
    };
  };
  const own = (schema.functions ?? []).map((one) => {
    return {
      ...item(one.name, style.name(one.name), `(${one.arguments ?? ''})`),
      ...(one.returns === undefined ? {} : { description: one.returns }),
    };
  });
  const builtIn = [...functionsOf(place.dialect)].map((name) => {
    const written = style.functionName(name);
    return { ...item(name, written, signatureOf(name, place.dialect)), label: written };
  });
  return [...own, ...builtIn];
}
