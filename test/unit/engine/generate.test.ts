/** Stop rules of the decode loop. */
import assert from 'node:assert/strict';
import { applyStops } from '../../../server/src/engine/host/decoding';

function check(
  text: string,
  rules: { before?: string[]; after?: string[] },
  expected: string | undefined,
): void {
  it(JSON.stringify(text), () => {
    assert.equal(
      applyStops(text, { stopBefore: rules.before ?? [], stopAfter: rules.after ?? [] }),
      expected,
    );
  });
}

describe('applyStops', () => {
  check('SELECT 1', { after: [';'] }, undefined);
  check('SELECT 1; SELECT', { after: [';'] }, 'SELECT 1;');
  check('name\nFROM', { before: ['\n'] }, 'name');
  check('\nFROM t\nWHERE', { before: ['\n'] }, '\nFROM t');
  check('\n\n', { before: ['\n'] }, undefined);
  check('a;\n\nb', { before: ['\n\n'], after: [';'] }, 'a;');
  check('a\n\nb;', { before: ['\n\n'], after: [';'] }, 'a');
});
