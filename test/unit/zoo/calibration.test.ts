/** Our own text: the same for the same seed, SQL that SQLite takes, and needles where they are said to be. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { CalibrationText, calibrationText } from '../../../scripts/zoo/calibration';
import { depths, isUnbroken, needlePrompt } from '../../../scripts/zoo/needle';

describe('calibration text', () => {
  it('is the same for the same seed and another for another', () => {
    const text = (seed: number): string => calibrationText(seed, (sofar) => sofar.length > 2000);
    assert.equal(text(1), text(1));
    assert.notEqual(text(1), text(2));
  });

  it('is SQL that runs on its own schema', () => {
    const source = new CalibrationText(5);
    for (let n = 0; n < 60; n++) {
      const { schema, statements } = source.document(9);
      const database = new DatabaseSync(':memory:');
      database.exec(schema);
      for (const statement of statements.split('\n'))
        if (!statement.startsWith('--')) database.exec(statement);
      database.close();
    }
  });
});

describe('the needle', () => {
  const words = (text: string): number => text.split(/\b/).length;
  for (const depth of depths)
    it(`stands at ${(100 * depth).toFixed(0)} % of a schema within the length, once, and is only begun at the end`, () => {
      const { schema, statement, expected } = needlePrompt(words, 800, depth, 1);
      const lines = schema.trim().split('\n').slice(1);
      const at = lines.findIndex((line) => line.includes('ovendra_moskit'));
      assert.equal(at, Math.round(depth * (lines.length - 1)));
      assert.ok(words(schema + statement + expected) <= 800);
      assert.ok(words(schema) > 600, 'the schema fills its length');
      assert.equal((schema + statement).split('_moskit').length, 2);
      assert.equal(expected, '_moskit');
    });

  it('is broken where a cell that the reference finds is lost, and only then', () => {
    const cells = (...found: number[]) => found.map((n) => ({ length: 1, depth: 0, found: n, asked: 4 }));
    assert.ok(isUnbroken(cells(4, 3), cells(4, 4)));
    assert.ok(!isUnbroken(cells(4, 3), cells(3, 4)));
  });
});
