/** The stop rules of the decode loop, and what is evaluated when a rule cuts a token. */
import assert from 'node:assert/strict';
import { Decoding } from '../../../server/src/engine/host/decode/decoding';
import { applyStops } from '../../../server/src/engine/stops';
import { Vocabulary } from '../../../server/src/engine/host/decode/vocabulary';

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

describe('a token that a stop cuts', () => {
  const texts = [';', ';\n', ')', ');\n', 'a'];
  const vocabulary = new Vocabulary({
    vocabulary: () => ({
      bytes: Buffer.from(texts.join('')),
      ends: Int32Array.from(texts, (_, i) => texts.slice(0, i + 1).join('').length),
    }),
    isEndOfGeneration: () => false,
  });
  /** What is given to be evaluated when the model wants this token and generation ends after a semicolon. */
  async function evaluated(text: string): Promise<string | undefined> {
    const decoding = new Decoding(vocabulary, { maxTokens: 4, stopBefore: [], stopAfter: [';'] }, '');
    const candidates = {
      tokens: Int32Array.of(texts.indexOf(text)),
      logits: Float32Array.of(1),
      logSumExp: 1,
      row: 0,
    };
    const token = await decoding.next({
      candidates,
      logitsOf: () => Promise.resolve(new Float32Array()),
      best: () => Promise.resolve(candidates),
    });
    return token === undefined ? undefined : texts[token];
  }
  it('is evaluated as it is shown, so that accepting it costs nothing', async () => {
    assert.equal(await evaluated(';\n'), ';');
    assert.equal(await evaluated(';'), ';');
    assert.equal(await evaluated('a'), 'a');
  });
  it('is not evaluated where what is left of it is no token', async () =>
    assert.equal(await evaluated(');\n'), undefined));
});
