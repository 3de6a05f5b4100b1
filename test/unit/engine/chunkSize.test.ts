/** The size of a chunk fits its time limit on slow and fast machines. */
import assert from 'node:assert/strict';
import { ChunkSize } from '../../../server/src/engine/host/cache/chunkSize';

function sizeAfter(milliseconds: number, typing = false, decodes = 20): number {
  const size = new ChunkSize(256, () => 0);
  for (let key = 0; typing && key < 2; key++) size.keyPressed();
  for (let i = 0; i < decodes; i++) size.learn(size.tokens, milliseconds * size.tokens);
  return size.tokens;
}

describe('ChunkSize', () => {
  it('begins small', () => assert.equal(new ChunkSize(256).tokens, 16));
  it('grows to the largest on a fast machine', () => assert.equal(sizeAfter(0.01), 256));
  it('fits 30 ms while somebody types', () => assert.equal(sizeAfter(1, true), 30));
  it('fits 250 ms in calm', () => assert.equal(sizeAfter(1), 250));
  it('is large again some time after the last key', () => {
    let now = 0;
    const size = new ChunkSize(256, () => now);
    size.learn(16, 16);
    size.keyPressed();
    assert.equal(size.tokens, 250); // one key is no typing: it may be a file being opened
    size.keyPressed();
    assert.equal(size.tokens, 30);
    now = 2000;
    assert.equal(size.tokens, 250);
  });
  it('never falls below a few tokens', () => assert.equal(sizeAfter(200), 4));
  it('never exceeds the batch the context takes', () => assert.equal(new ChunkSize(4).tokens, 4));
  it('learns nothing from single tokens', () => {
    const size = new ChunkSize(256);
    size.learn(1, 1000);
    assert.equal(size.tokens, 16);
  });
  it('recovers from one slow decode', () => {
    const size = new ChunkSize(256);
    size.learn(16, 16_000);
    for (let i = 0; i < 30; i++) size.learn(size.tokens, size.tokens);
    assert.ok(size.tokens >= 225);
  });
});
