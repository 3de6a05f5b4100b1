/** A small schema for the tests of this folder. */
import type { Column, Schema, Table } from '../../../server/src/schema/model';

const column = (name: string): Column => ({ name, type: 'TEXT', nullable: true, primaryKey: 0 });
const table = (name: string, ...columns: string[]): Table => ({
  name,
  kind: 'table',
  columns: columns.map(column),
  foreignKeys: [],
  uniqueKeys: [],
});

export const schema: Schema = {
  dialect: 'sqlite',
  source: 'test',
  tables: [
    table('customers', 'id', 'name', 'city'),
    {
      ...table('orders', 'id', 'customer_id', 'total'),
      foreignKeys: [{ columns: ['customer_id'], table: 'customers', referencedColumns: ['id'] }],
    },
    // Without a key to anything.
    table('products', 'id', 'price'),
  ],
};
