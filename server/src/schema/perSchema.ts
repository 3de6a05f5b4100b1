/** Remembers what is derived from a schema for as long as the schema lives. */
import type { Schema } from './model';

/** The function with its results remembered. A schema never changes, so a result never becomes wrong. */
export function perSchema<T>(derive: (schema: Schema) => T): (schema: Schema) => T {
  const known = new WeakMap<Schema, { readonly value: T }>();
  return (schema) => {
    let entry = known.get(schema);
    if (!entry) known.set(schema, (entry = { value: derive(schema) }));
    return entry.value;
  };
}
