/** Reads the corpus: correct statements of every dialect over small schemas, in test/fixtures/corpus. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readDdl } from '../../../server/src/schema/ddl/readDdl';
import { dialects, type Dialect, type Schema } from '../../../server/src/schema/model';
import { splitStatements } from '../../../server/src/sql/statements/statements';

export const corpusFolder = path.resolve('test/fixtures/corpus');

export interface Example {
  readonly dialect: Dialect;
  readonly schema: Schema;
  readonly file: string;
  readonly statement: string;
}

function examplesOf(dialect: Dialect): Example[] {
  const folder = path.join(corpusFolder, dialect);
  const ddl = readDdl(readFileSync(path.join(folder, 'schema.sql'), 'utf8'), dialect);
  const schema: Schema = { dialect, source: 'corpus', ...ddl };
  const files = readdirSync(folder).filter((file) => file !== 'schema.sql');
  return files.flatMap((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    return splitStatements(text, dialect).map(({ from, to }) => ({
      dialect,
      schema,
      file: `${dialect}/${file}`,
      statement: text.slice(from, to),
    }));
  });
}

export const corpus: readonly Example[] = dialects.flatMap(examplesOf);
