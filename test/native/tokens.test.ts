/** Text to tokens and back. */
import assert from 'node:assert/strict';
import type { Model } from '../../native/index';
import { failure, loadStarter, patience, schema } from './support/runtime';

describe('tokenization', function () {
  this.timeout(patience);
  let model: Model;

  before(async () => {
    model = await loadStarter();
  });

  after(() => model.dispose());

  const text = (tokens: Int32Array): string => Buffer.from(model.detokenize(tokens)).toString();

  it('gives back every text byte for byte', () => {
    for (const sample of [
      '',
      ' ',
      '\n\n',
      schema,
      'SELECT "Größe" -- 数据库 🐘\t',
      "E'\\x00' \u0000 end",
      '\r\n',
    ]) {
      assert.equal(text(model.tokenize(sample, false)), sample);
    }
  });

  it('lists the bytes of every token', () => {
    const { bytes, ends } = model.vocabulary();
    assert.equal(ends.length, model.info.vocabularySize);
    for (const token of [0, 1, 100, 5000, ends.length - 1, ...model.tokenize('🐘', false)]) {
      assert.deepEqual(
        bytes.slice(ends[token - 1] ?? 0, ends[token]),
        model.detokenize(Int32Array.of(token)),
        token.toString(),
      );
    }
    const { fimMiddle } = model.info.special;
    if (fimMiddle >= 0) assert.equal(ends[fimMiddle], ends[fimMiddle - 1]);
  });

  it('splits a character into bytes where the vocabulary lacks it', () => {
    const tokens = model.tokenize('🐘', false);
    assert.ok(tokens.length > 1);
    const pieces = [...tokens].map((token) => Buffer.from(model.detokenize(Int32Array.of(token))));
    assert.ok(
      pieces.some((piece) => piece.toString().includes('\ufffd')),
      'a piece alone is no whole character',
    );
    assert.equal(Buffer.concat(pieces).toString(), '🐘');
  });

  it('takes special tokens from the text only on request', () => {
    const marker = '<|fim_prefix|>';
    assert.deepEqual([...model.tokenize(marker, true)], [model.info.special.fimPrefix]);
    const plain = model.tokenize(marker, false);
    assert.ok(!plain.includes(model.info.special.fimPrefix));
    assert.equal(text(plain), marker);
  });

  it('renders special tokens as nothing', () => {
    assert.equal(text(model.tokenize('<|fim_prefix|>SELECT<|fim_suffix|><|endoftext|>', true)), 'SELECT');
  });

  it('tokenizes a long text', () => {
    const long = schema.repeat(300);
    assert.equal(text(model.tokenize(long, false)), long);
  });

  it('refuses what is no text and no token', () => {
    const { tokenize, detokenize } = model as unknown as Record<string, (...values: unknown[]) => unknown>;
    assert.throws(() => tokenize?.call(model, 7, false), failure('ERR_ARGUMENT'));
    assert.throws(() => tokenize?.call(model, 'a', 'b'), failure('ERR_ARGUMENT'));
    assert.throws(() => detokenize?.call(model, [1]), failure('ERR_ARGUMENT'));
    assert.throws(() => model.detokenize(Int32Array.of(16384)), failure('ERR_ARGUMENT', /16384/));
    assert.throws(() => model.detokenize(Int32Array.of(-1)), failure('ERR_ARGUMENT'));
    assert.throws(() => model.isEndOfGeneration(16384), failure('ERR_ARGUMENT'));
  });
});
