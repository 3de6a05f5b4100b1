/** The catalogue: epochs, problems, and files that change. Waits for events, never for time. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqlAheadError } from '../../../server/src/errors';
import { Catalog } from '../../../server/src/schema/catalog';
import { emptySchema, type Schema } from '../../../server/src/schema/model';
import { ddlSource } from '../../../server/src/schema/sources/ddl';
import type { SchemaSource } from '../../../server/src/schema/sources/source';
import { sqliteSource } from '../../../server/src/schema/sources/fileSource';
import { temporaryFolders } from '../support/folders';
import { readerProgram } from '../support/reader';
import { schemaOf } from '../support/schemas';

const quick = { debounce: 5, firstRetry: 5, lastRetry: 20 };

/** A source that answers what the test puts into it: a schema or an error. */
class ScriptedSource implements SchemaSource {
  readonly id: string = 'scripted';
  readonly description = 'scripted';
  readonly watchPaths: readonly string[] = [];
  answer: Schema | Error = emptySchema('sqlite');
  reads = 0;
  // eslint-disable-next-line @typescript-eslint/require-await
  async read(): Promise<Schema> {
    this.reads++;
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }
}

/** Resolves at the first change after which the condition holds. */
function changed(catalog: Catalog, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    // The catalogue's timers do not keep the process alive; this one does.
    const alive = setInterval(() => undefined, 1000);
    const stop = catalog.onDidChange(() => {
      if (!condition()) return;
      stop();
      clearInterval(alive);
      resolve();
    });
  });
}

describe('catalog', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  const folder = temporaryFolders();
  const catalogs: Catalog[] = [];
  const make = () => {
    const catalog = new Catalog('sqlite', quick);
    catalogs.push(catalog);
    return catalog;
  };
  afterEach(() => {
    for (const catalog of catalogs.splice(0)) catalog.dispose();
  });

  it('is empty at first', () => {
    const catalog = make();
    assert.deepEqual(catalog.schema, emptySchema('sqlite'));
    assert.equal(catalog.epoch, 0);
    assert.equal(catalog.problem, undefined);
  });

  it('raises the epoch when the text of the prompt changes, and only then', async () => {
    const catalog = make();
    const source = new ScriptedSource();
    source.answer = schemaOf('CREATE TABLE a (b INT)');
    await catalog.setSource(source);
    assert.equal(catalog.epoch, 1);
    source.answer = schemaOf('CREATE TABLE a (b INT DEFAULT 7)');
    await catalog.refresh();
    assert.equal(catalog.epoch, 1);
    assert.equal(catalog.schema.tables[0]?.columns[0]?.defaultValue, '7');
    source.answer = schemaOf('CREATE TABLE a (b TEXT)');
    await catalog.refresh();
    assert.equal(catalog.epoch, 2);
  });

  it('tells listeners of changes, and not of reads without one', async () => {
    const catalog = make();
    const source = new ScriptedSource();
    source.answer = schemaOf('CREATE TABLE a (b INT)');
    let calls = 0;
    const stop = catalog.onDidChange(() => calls++);
    await catalog.setSource(source);
    assert.equal(calls, 1);
    await catalog.refresh();
    assert.equal(calls, 1);
    stop();
    source.answer = schemaOf('CREATE TABLE z (b INT)');
    await catalog.refresh();
    assert.equal(calls, 1);
  });

  it('keeps the last good schema when a read fails, and says why until one succeeds', async () => {
    const catalog = make();
    const source = new ScriptedSource();
    const good = schemaOf('CREATE TABLE a (b INT)');
    source.answer = good;
    await catalog.setSource(source);
    let calls = 0;
    catalog.onDidChange(() => calls++);
    source.answer = new SqlAheadError('ERR_DATABASE_NOT_FOUND', 'It is gone.');
    await catalog.refresh();
    await catalog.refresh();
    assert.deepEqual(
      [catalog.schema, catalog.problem?.message, catalog.epoch, calls],
      [good, 'It is gone.', 1, 1],
    );
    source.answer = good;
    await catalog.refresh();
    assert.deepEqual([catalog.problem, catalog.epoch, calls], [undefined, 1, 2]);
  });

  it('turns unforeseen errors into a problem', async () => {
    const catalog = make();
    const source = new ScriptedSource();
    source.answer = new TypeError('oops');
    await catalog.setSource(source);
    assert.equal(catalog.problem?.message, 'The schema of scripted cannot be read: oops');
  });

  it('forgets the schema of a source that is taken away', async () => {
    const catalog = make();
    const source = new ScriptedSource();
    source.answer = schemaOf('CREATE TABLE a (b INT)');
    await catalog.setSource(source);
    await catalog.setSource(undefined, 'postgres');
    assert.deepEqual(catalog.schema, emptySchema('postgres'));
    assert.deepEqual([catalog.epoch, catalog.description], [2, '']);
  });

  it('keeps the schema while the same files are opened again', async () => {
    const file = path.join(folder(), 'schema.sql');
    writeFileSync(file, 'CREATE TABLE a (b INT);');
    const catalog = make();
    await catalog.setSource(ddlSource([file], 'sqlite', readerProgram));
    let calls = 0;
    catalog.onDidChange(() => calls++);
    await catalog.setSource(ddlSource([file], 'sqlite', readerProgram));
    assert.deepEqual([catalog.epoch, calls], [1, 0]);
  });

  it('tells that a problem went with its source', async () => {
    const catalog = make();
    const source = new ScriptedSource();
    source.answer = new SqlAheadError('ERR_DATABASE_NOT_FOUND', 'It is gone.');
    await catalog.setSource(source);
    let calls = 0;
    catalog.onDidChange(() => calls++);
    await catalog.setSource(undefined);
    assert.deepEqual([catalog.problem, calls], [undefined, 1]);
  });

  it('lets the newest read win', async () => {
    const catalog = make();
    const waiting: ((schema: Schema) => void)[] = [];
    await catalog.setSource(new ScriptedSource());
    const slow: SchemaSource = {
      id: 'slow',
      description: 'slow',
      watchPaths: [],
      read: () => new Promise((resolve) => waiting.push(resolve)),
    };
    const first = catalog.setSource(slow);
    const second = catalog.refresh();
    waiting[1]?.(schemaOf('CREATE TABLE newer (b INT)'));
    waiting[0]?.(schemaOf('CREATE TABLE older (b INT)'));
    await Promise.all([first, second]);
    assert.equal(catalog.schema.tables[0]?.name, 'newer');
  });

  it('reads a locked database as soon as it is free', async () => {
    const file = path.join(folder(), 'held.sqlite');
    const holder = new DatabaseSync(file);
    holder.exec('CREATE TABLE a (b INT); BEGIN EXCLUSIVE');
    const catalog = make();
    await catalog.setSource(sqliteSource(file, readerProgram));
    assert.equal(catalog.problem?.code, 'ERR_DATABASE_LOCKED');
    const read = changed(catalog, () => catalog.problem === undefined);
    holder.exec('ROLLBACK');
    holder.close();
    await read;
    assert.equal(catalog.schema.tables[0]?.name, 'a');
  });

  it('reads a database again when it changes', async () => {
    const file = path.join(folder(), 'live.sqlite');
    const writer = new DatabaseSync(file);
    writer.exec('CREATE TABLE a (b INT)');
    const catalog = make();
    await catalog.setSource(sqliteSource(file, readerProgram));
    const read = changed(catalog, () => catalog.schema.tables.length === 2);
    writer.exec('CREATE TABLE c (d INT)');
    writer.close();
    await read;
    assert.equal(catalog.epoch, 2);
  });

  it('sees a change that is still in the write-ahead log', async () => {
    const file = path.join(folder(), 'wal.sqlite');
    const writer = new DatabaseSync(file);
    writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE a (b INT)');
    const catalog = make();
    await catalog.setSource(sqliteSource(file, readerProgram));
    const read = changed(catalog, () => catalog.schema.tables.length === 2);
    writer.exec('CREATE TABLE c (d INT)');
    await read;
    writer.close();
  });

  it('sees a DDL file that is made later', async () => {
    const file = path.join(folder(), 'schema.sql');
    const catalog = make();
    await catalog.setSource(ddlSource([file], 'sqlite', readerProgram));
    assert.equal(catalog.problem?.code, 'ERR_DDL_UNREADABLE');
    const read = changed(catalog, () => catalog.schema.tables.length === 1);
    writeFileSync(file, 'CREATE TABLE a (b INT);');
    await read;
    assert.equal(catalog.problem, undefined);
  });

  it('does nothing once disposed', async () => {
    const catalog = make();
    const source = new ScriptedSource();
    await catalog.setSource(source);
    catalog.dispose();
    await catalog.refresh();
    await catalog.setSource(source);
    assert.equal(source.reads, 1);
  });
});
