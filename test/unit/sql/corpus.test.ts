/**
 * The corpus: correct statements of every dialect over small schemas, in test/fixtures/corpus (test/db/corpus.ts checks
 * them with the databases). No problem may be reported in any of them, and cut at any token nothing may throw.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { diagnoseStatements } from '../../../server/src/features/diagnostics/diagnostics';
import { hover } from '../../../server/src/features/hover/hover';
import { dialects } from '../../../server/src/schema/model';
import { unknownIdentifiers } from '../../../server/src/resolve/unknownNames';
import { resolveStatement } from '../../../server/src/resolve/resolve';
import { scopeAt } from '../../../server/src/sql/shape/scope';
import { splitStatements, statementAt } from '../../../server/src/sql/statements/statements';
import { tokenize } from '../../../server/src/sql/tokens';
import { corpus, corpusFolder } from '../support/corpus';

const nameOf = (file: string, statement: string) => `${file}: ${statement.replace(/\s+/g, ' ').slice(0, 90)}`;

/** Statements that are still marked though the database takes them, by name. The list may only shrink. */
const marksFile = 'known-marks.txt';
const knownMarks = new Set(
  readFileSync(path.join(corpusFolder, marksFile), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')),
);

describe('corpus', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(120_000);

  it('has more than 500 statements beside those of T-SQL, each split off as one', () => {
    const checked = corpus.filter(({ dialect }) => dialect !== 'tsql');
    assert.ok(checked.length >= 500, `${checked.length} statements`);
    for (const dialect of dialects) {
      for (const file of readdirSync(path.join(corpusFolder, dialect)).filter(
        (name) => name !== 'schema.sql',
      )) {
        const text = readFileSync(path.join(corpusFolder, dialect, file), 'utf8');
        const written = text
          .split(/\n\n+/)
          .map((part) => part.trim())
          .filter((part) => part !== '');
        const found = splitStatements(text, dialect).map(({ from, to }) => text.slice(from, to));
        // What a client program reads (GO, DELIMITER) stands with the statement around it in the file.
        const isPlain = (part: string) => !/^(?:GO|DELIMITER)\b/im.test(part);
        for (const part of written.filter(isPlain))
          assert.ok(found.includes(part), `not one statement:\n${part}`);
      }
    }
  });

  for (const { dialect, schema, file, statement } of corpus) {
    const name = nameOf(file, statement);
    it(name, () => {
      const whole = { from: 0, to: statement.length };
      const found = diagnoseStatements(statement, [whole], schema, dialect);
      if (knownMarks.has(name))
        assert.notEqual(found.length, 0, `not marked any more: take it out of ${marksFile}`);
      else {
        assert.deepEqual(
          found.map((one) => `${statement.slice(one.from, one.to)}: ${one.message}`),
          [],
        );
      }
    });
  }

  it('has no known mark of what is not there', () => {
    const names = new Set(corpus.map(({ file, statement }) => nameOf(file, statement)));
    assert.deepEqual(
      [...knownMarks].filter((name) => !names.has(name)),
      [],
    );
  });

  for (const dialect of dialects) {
    it(`cut at any token: ${dialect}`, () => {
      for (const { schema, statement } of corpus.filter((one) => one.dialect === dialect)) {
        for (const { from, to } of tokenize(statement, dialect)) {
          for (const at of new Set([from, Math.floor((from + to) / 2)])) {
            const text = statement.slice(0, at);
            const whole = { from: 0, to: text.length };
            resolveStatement(text, whole, schema, dialect);
            diagnoseStatements(text, [whole], schema, dialect);
            // The cursor in the middle of the whole.
            scopeAt(statement, statementAt(statement, at, dialect), at, dialect);
            hover(statement, at, schema, dialect);
            unknownIdentifiers(statement, Math.max(0, at - 1), at, schema, dialect);
          }
        }
      }
    });
  }
});
