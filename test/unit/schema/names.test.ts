/**
 * Which table a name stands for: the order of searched namespaces, other databases, and tables that are known but not
 * offered.
 */
import assert from 'node:assert/strict';
import { completion } from '../../../server/src/features/completion/completion';
import { diagnostics } from '../../../server/src/features/diagnostics/diagnostics';
import { unknownIdentifiers } from '../../../server/src/resolve/unknownNames';
import type { Schema, Table } from '../../../server/src/schema/model';
import { isUnqualified, SchemaNames } from '../../../server/src/schema/names';
import { schemaOf } from '../support/schemas';

const table = (name: string, columns: readonly string[], more: Partial<Table> = {}): Table => ({
  name,
  kind: 'table',
  columns: columns.map((column) => ({ name: column, type: 'text', nullable: true, primaryKey: 0 })),
  foreignKeys: [],
  uniqueKeys: [],
  ...more,
});

const problems = (sql: string, schema: Schema) =>
  diagnostics(sql, schema, schema.dialect).map((one) => one.message);
const offered = (text: string, schema: Schema) => {
  const at = text.indexOf('$0');
  const list = completion(text.replace('$0', ''), at, schema, schema.dialect);
  return list.items.map(({ label }) => label);
};

describe('a table name without its namespace', () => {
  const tenant = table('visitor', ['mail'], { namespace: 'tenant' });
  const open = table('visitor', ['old']);
  const schema = (searchPath: readonly string[], tables = [open, tenant]): Schema => ({
    dialect: 'postgres',
    source: 'test',
    tables,
    searchPath,
  });

  it('is the first that the search path finds', () => {
    for (const tables of [
      [open, tenant],
      [tenant, open],
      [tenant, { ...open, namespace: 'public' }],
    ]) {
      const first = schema(['tenant', 'public'], tables);
      assert.deepEqual(problems('SELECT mail FROM visitor', first), []);
      assert.equal(problems('SELECT old FROM visitor', first).length, 1);
      assert.deepEqual(problems('SELECT old FROM public.visitor', first), []);
      assert.ok(offered('SELECT v.$0 FROM visitor v', first).includes('mail'));
      assert.ok(!offered('SELECT v.$0 FROM visitor v', first).includes('old'));
      const second = schema(['public', 'tenant'], tables);
      assert.deepEqual(problems('SELECT old FROM visitor', second), []);
    }
  });
  it('is offered with its namespace where another one hides it', () => {
    const { tables, ...rest } = schema(['tenant', 'public'], [tenant, { ...open, namespace: 'public' }]);
    const both = { ...rest, tables };
    assert.deepEqual(
      tables.map((one) => isUnqualified(one, both)),
      [true, false],
    );
    assert.ok(offered('SELECT * FROM $0', both).includes('public.visitor'));
  });
});

describe('a table of another MySQL database', () => {
  const own: Schema = {
    ...schemaOf('CREATE TABLE pier (nr INT, PRIMARY KEY (nr)); CREATE TABLE ship (pier INT)', 'mysql'),
    searchPath: ['harbor'],
  };
  it('is never the own one', () => {
    const sql = 'SELECT p.name FROM other.pier p';
    assert.deepEqual(problems(sql, own), []);
    assert.ok(!offered('SELECT p.$0 FROM other.pier p', own).includes('nr'));
    assert.ok(offered('SELECT p.$0 FROM harbor.pier p', own).includes('nr'));
    assert.ok(offered('SELECT p.$0 FROM Harbor.pier p', own).includes('nr'));
  });
  it('is what a key leads to that names it', () => {
    const key = { columns: ['pier'], table: 'pier', namespace: 'other', referencedColumns: ['id'] };
    const ship = table('ship', ['pier'], { foreignKeys: [key] });
    const schema = { ...own, tables: [table('pier', ['id']), ship] };
    assert.deepEqual(
      offered('SELECT * FROM ship JOIN pier ON $0', schema).filter((one) => one.includes(' = ')),
      [],
    );
    const far = table('pier', ['id', 'name'], { namespace: 'other' });
    const both = { ...own, tables: [table('pier', ['id']), ship, far] };
    assert.equal(SchemaNames.of(both).referencedTable(ship, key), far);
    assert.deepEqual(problems('SELECT p.name FROM other.pier p', both), []);
  });
  it('may be the default one where files do not tell its name', () => {
    const { searchPath: _, ...files } = own;
    assert.ok(offered('SELECT p.$0 FROM harbor.pier p', files).includes('nr'));
  });
});

describe('what may be named though nothing offers it', () => {
  const schema: Schema = {
    dialect: 'postgres',
    source: 'test',
    searchPath: ['public'],
    tables: [table('log', ['at'], { hiddenColumns: table('', ['row_start']).columns })],
    unlisted: [
      table('log_2026', ['at']),
      table('counter', ['tally']),
      table('later', [], { columnsPending: true }),
    ],
  };
  const unknown = (sql: string) =>
    unknownIdentifiers(sql, 0, sql.length, schema, 'postgres').map(({ name }) => name);

  it('is not marked', () => {
    for (const sql of [
      'SELECT at FROM log_2026',
      'SELECT l.row_start FROM log l WHERE l.row_start > 1',
      'SELECT tally FROM counter',
      'SELECT public.counter.tally FROM public.counter',
      'SELECT anything FROM later',
    ]) {
      assert.deepEqual(problems(sql, schema), [], sql);
      assert.deepEqual(unknown(sql), [], sql);
    }
    assert.equal(problems('SELECT nope FROM log_2026', schema).length, 1);
    assert.equal(problems('SELECT nope FROM log', schema).length, 1);
  });
  it('is not offered', () => {
    assert.deepEqual(
      offered('SELECT * FROM lo$0', schema).filter((one) => /log/.test(one)),
      ['log'],
    );
    assert.ok(!offered('SELECT l.$0 FROM log l', schema).includes('row_start'));
    assert.ok(!offered('SELECT $0 FROM log', schema).includes('tally'));
  });
  it('offers its columns once it is named', () => {
    assert.ok(offered('SELECT c.$0 FROM counter c', schema).includes('tally'));
  });
});
