/** Describes a table on one line, for the DDL tests. */
import type { Dialect, Table } from '../../../server/src/schema/model';
import { renderTable } from '../../../server/src/schema/render';

/** The tables as lines of the prompt, then unique keys, defaults, values, comments and kinds where there are such. */
export function describeTable(table: Table, dialect: Dialect): string {
  const line = renderTable(table, dialect).slice('CREATE TABLE '.length, -1);
  const facts = [
    ...(table.kind === 'table' ? [] : [table.kind]),
    ...(table.comment === undefined ? [] : [`comment ${table.comment}`]),
    ...table.uniqueKeys.map((key) => `unique ${key.join(' ')}`),
    ...table.foreignKeys
      .filter(({ namespace }) => namespace !== undefined)
      .map((key) => `${key.columns.join(' ')} to ${key.namespace ?? ''}`),
    ...table.columns.flatMap(({ name, defaultValue, generated, values, comment }) => [
      ...(defaultValue === undefined ? [] : [`${name} default ${defaultValue}`]),
      ...(generated === true ? [`${name} generated`] : []),
      ...(values === undefined ? [] : [`${name} ${values.from} ${values.list.join(' ')}`]),
      ...(comment === undefined ? [] : [`${name} comment ${comment}`]),
    ]),
  ];
  return [line, ...facts].join('; ');
}
