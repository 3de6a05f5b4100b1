/** Chunks fit their time, whatever the machine. */
import assert from 'node:assert/strict';
import { ChunkSize } from '../../../server/src/engine/host/chunkSize';

function sizeAfter(milliseconds: number, decodes = 20): number {
  const size = new ChunkSize(256);
  for (let i = 0; i < decodes; i++) size.learn(size.tokens, milliseconds * size.tokens);
  return size.tokens;
}

describe('ChunkSize', () => {
  it('begins small', () => assert.equal(new ChunkSize(256).tokens, 16));
  it('grows to the largest on a fast machine', () => assert.equal(sizeAfter(0.01), 256));
  it('fits 50 ms where a token takes one', () => assert.equal(sizeAfter(1), 50));
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
    assert.ok(size.tokens >= 45);
  });
});
