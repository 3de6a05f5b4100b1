/**
 * Checks that the statements of test/fixtures/corpus are right: the real databases prepare each of them, or run it and
 * roll it back, with the schema beside it. So the tests that expect no marks in the corpus rest on correct statements.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Dialect } from '../../server/src/schema/model';
import { splitStatements } from '../../server/src/sql/statements/statements';
import { temporaryFolders } from '../unit/support/folders';
import { excused, judgedDialects } from './corpusDatabases';
import { corpusJudges } from './corpusJudges';
import { mariadb, postgres } from './shared';

const folder = path.resolve('test/fixtures/corpus');
const read = (dialect: Dialect, file: string) => readFileSync(path.join(folder, dialect, file), 'utf8');
const servers = { postgres, mariadb, folder: temporaryFolders() };
const split = (text: string, dialect: Dialect) =>
  splitStatements(text, dialect).map(({ from, to }) => text.slice(from, to));

for (const dialect of judgedDialects) {
  describe(`corpus of ${dialect}`, () => {
    it('is taken by the database', async () => {
      const { judge, close } = await corpusJudges[dialect](servers);
      const refused: string[] = [];
      const files = readdirSync(path.join(folder, dialect)).filter((file) => file !== 'schema.sql');
      for (const file of files) {
        for (const statement of split(read(dialect, file), dialect)) {
          if (excused[dialect]?.some((pattern) => pattern.test(statement)) === true) continue;
          const refusal = await judge(statement);
          if (refusal !== undefined) refused.push(`${refusal.message}\n  ${statement}`);
        }
      }
      await close();
      assert.deepEqual(refused, []);
    });
  });
}
