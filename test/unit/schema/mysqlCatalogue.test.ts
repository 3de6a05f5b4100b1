/** Reads rows of information_schema as servers on other systems return them. */
import assert from 'node:assert/strict';
import type { ConnectionSettings } from '../../../server/src/settings';
import { MysqlCatalogue, type Query, type Row } from '../../../server/src/schema/sources/mysqlCatalogue';

/** A server whose names are compared as lower_case_table_names says; each answer goes by what is asked for. */
function serverWith(folding: number, own: string, spelled: string): Query {
  const answers: readonly (readonly [RegExp, readonly Row[]])[] = [
    [/DATABASE\(\)/, [{ own, folding, mode: 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES' }]],
    [/table_rows/, [{ namespace: spelled, name: 'pier', kind: 'BASE TABLE', row_count: 1, comment: '' }]],
    [
      /column_type/,
      [
        {
          table_name: 'pier',
          name: 'nr',
          type: 'int',
          nullable: 0,
          default_value: null,
          extra: '',
          comment: '',
          data_type: 'int',
        },
      ],
    ],
    [
      /key_column_usage/,
      [
        {
          table_name: 'pier',
          constraint_name: 'PRIMARY',
          column_name: 'nr',
          target_namespace: null,
          target_table: null,
        },
      ],
    ],
  ];
  return (text) => Promise.resolve(answers.find(([pattern]) => pattern.test(text))?.[1] ?? []);
}

describe('a MySQL server that compares names without case', () => {
  const connection: ConnectionSettings = { name: 'seal', kind: 'mysql', database: 'Harbor' };
  const read = (folding: number, own: string, spelled: string) =>
    new MysqlCatalogue(serverWith(folding, own, spelled), connection, false).read(undefined);

  it('has the columns and keys of the database that is spelled otherwise in the settings', async () => {
    for (const schema of [
      await read(1, 'Harbor', 'harbor'),
      await read(2, 'Harbor', 'Harbor'),
      await read(2, 'harbor', 'Harbor'),
    ]) {
      const [pier] = schema.tables;
      assert.equal(pier?.namespace, undefined);
      assert.deepEqual(
        pier?.columns.map(({ name, primaryKey }) => [name, primaryKey]),
        [['nr', 1]],
      );
    }
  });
  it('is one of two where it compares them with case', async () => {
    const schema = await read(0, 'Harbor', 'harbor');
    assert.equal(schema.tables[0]?.namespace, 'harbor');
  });
  it('says how it reads a backslash', async () => {
    assert.equal((await read(0, 'Harbor', 'Harbor')).backslash, 'plain');
  });
});
