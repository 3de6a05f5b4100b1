/** Evaluating tokens: whatever was done before, the cache holds exactly the text. */
import assert from 'node:assert/strict';
import type { Context, KvType, Model } from '../../native/index';
import { argmax, backend, contextOptions, distance, failure, feed, freshLogits } from './support/runtime';
import { loadStarter, patience, schema, tolerance } from './support/runtime';

describe('a context', function () {
  this.timeout(patience);
  let model: Model;
  let context: Context;
  let tokens: Int32Array;
  let expected: Float32Array;

  before(async () => {
    model = await loadStarter();
    tokens = model.tokenize(`${schema}SELECT name FROM customers WHERE`, false);
    expected = await freshLogits(model, tokens);
  });

  beforeEach(async () => {
    context = await model.createContext(contextOptions);
  });

  afterEach(() => context.dispose());
  after(() => model.dispose());

  function assertSame(actual: Float32Array, wanted: Float32Array): void {
    assert.equal(argmax(actual), argmax(wanted));
    assert.ok(distance(actual, wanted) < tolerance, `logits differ by ${distance(actual, wanted)}`);
  }

  for (const size of [1, 7, 32, 50]) {
    it(`evaluates in batches of ${size} what it evaluates in one`, async () => {
      for (let at = 0; at < tokens.length; at += size) {
        await feed(context, tokens.slice(at, at + size), { at });
      }
      assertSame(await context.logits(0), expected);
      assert.deepEqual(await context.positionRange(0), { min: 0, max: tokens.length - 1 });
    });
  }

  it('continues after a crop as a fresh context does', async () => {
    const other = model.tokenize(`${schema}SELECT city, count(*) FROM orders`, false);
    await feed(context, other);
    let shared = 0;
    while (other[shared] === tokens[shared]) shared++;
    await context.crop(0, shared, -1);
    assert.deepEqual(await context.positionRange(0), { min: 0, max: shared - 1 });
    await feed(context, tokens.slice(shared), { at: shared });
    assertSame(await context.logits(0), expected);
  });

  it('crops a whole sequence to nothing', async () => {
    await feed(context, tokens);
    await context.crop(0, 0, -1);
    assert.deepEqual(await context.positionRange(0), { min: -1, max: -1 });
    await feed(context, tokens);
    assertSame(await context.logits(0), expected);
  });

  it('shares a prefix between sequences that then diverge', async () => {
    const prefix = model.tokenize(schema, false);
    const endings = ['SELECT name FROM customers WHERE', 'SELECT sum(amount) FROM'].map((ending) =>
      model.tokenize(ending, false),
    );
    await feed(context, prefix, { wanted: 'none' });
    const logits: Float32Array[] = [];
    for (const [i, ending] of endings.entries()) {
      await context.share(0, i + 1, 0, prefix.length);
      await feed(context, ending, { sequence: i + 1, at: prefix.length });
      logits.push(await context.logits(0));
    }
    for (const [i, ending] of endings.entries()) {
      assertSame(
        logits[i] ?? new Float32Array(),
        await freshLogits(model, Int32Array.of(...prefix, ...ending)),
      );
      assert.deepEqual(await context.positionRange(i + 1), {
        min: 0,
        max: prefix.length + ending.length - 1,
      });
    }
    assert.deepEqual(await context.positionRange(0), { min: 0, max: prefix.length - 1 });
  });

  it('takes no cells for what is shared', async () => {
    const { cells } = context.sizes();
    const long = new Int32Array(cells - 8).fill(tokens[0] ?? 0);
    await feed(context, long, { wanted: 'none' });
    for (const to of [1, 2, 3]) await context.share(0, to, 0, long.length);
    await feed(context, tokens.slice(0, 8), { sequence: 3, at: long.length });
    await assert.rejects(
      feed(context, tokens.slice(0, 1), { sequence: 2, at: long.length }),
      failure('ERR_CONTEXT_FULL'),
    );
  });

  it('empties the target of a share first', async () => {
    await feed(context, tokens.slice(0, 5));
    await feed(context, tokens, { sequence: 1 });
    await context.share(0, 1, 0, 5);
    assert.deepEqual(await context.positionRange(1), { min: 0, max: 4 });
  });

  it('evaluates several sequences in one batch', async () => {
    const half = tokens.length >> 1;
    await feed(context, tokens.slice(0, half), { sequence: 2, wanted: 'none' });
    const rest = tokens.slice(half);
    const other = tokens.slice(0, 3);
    const result = await context.decode(
      {
        tokens: Int32Array.of(...other, ...rest),
        positions: Int32Array.of(0, 1, 2, ...rest.map((_, i) => half + i)),
        sequences: Int32Array.of(1, 1, 1, ...rest.map(() => 2)),
        logits: Uint8Array.of(0, 0, 1, ...rest.map((_, i) => (i === rest.length - 1 ? 1 : 0))),
      },
      4,
    );
    assert.equal(result.candidates.length, 2);
    assertSame(await context.logits(0), await freshLogits(model, other));
    assertSame(await context.logits(1), expected);
  });

  it('returns candidates in order, with the sum over the whole vocabulary', async () => {
    const { candidates, milliseconds } = await feed(context, tokens, { wanted: 'all', topK: 10 });
    assert.equal(candidates.length, tokens.length);
    assert.ok(milliseconds > 0);
    for (const i of [0, 31, 32, tokens.length - 1]) {
      const logits = await context.logits(i);
      assert.equal(logits.length, model.info.vocabularySize);
      const order = [...logits.keys()]
        .sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b)
        .slice(0, 10);
      assert.deepEqual([...(candidates[i]?.tokens ?? [])], order);
      assert.deepEqual(
        [...(candidates[i]?.logits ?? [])],
        order.map((token) => logits[token]),
      );
      const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
      assert.ok(Math.abs((candidates[i]?.logSumExp ?? NaN) - Math.log(sum)) < 1e-4);
    }
  });

  it('returns as many candidates as asked for, from none to all', async () => {
    const { vocabularySize } = model.info;
    for (const [at, topK] of [0, 1, vocabularySize].entries()) {
      const { candidates } = await feed(context, tokens.slice(at, at + 1), { at, topK });
      assert.equal(candidates[0]?.tokens.length, topK);
      assert.equal(new Set(candidates[0].tokens).size, topK);
    }
    const { candidates } = await feed(context, tokens.slice(3, 5), { at: 3, wanted: 'none' });
    assert.deepEqual(candidates, []);
    await assert.rejects(context.logits(0), failure('ERR_ARGUMENT', /0 wanted/));
  });

  it('runs calls in order of arrival', async () => {
    const first = feed(context, tokens.slice(0, 4));
    const cropped = context.crop(0, 2, -1);
    const range = context.positionRange(0);
    const second = feed(context, tokens.slice(2), { at: 2 });
    const logits = context.logits(0);
    await Promise.all([first, cropped, second]);
    assert.deepEqual(await range, { min: 0, max: 1 });
    assertSame(await logits, expected);
  });

  it('evaluates nothing of a batch that does not fit', async () => {
    const { cells } = context.sizes();
    await feed(context, new Int32Array(cells - 40).fill(tokens[0] ?? 0), { wanted: 'none' });
    const before = await context.positionRange(0);
    const tooMany = tokens.slice(0, 41);
    assert.equal(tooMany.length, 41, 'more than one micro-batch, of which the first fits');
    await assert.rejects(
      feed(context, tooMany, { at: cells - 40 }),
      failure('ERR_CONTEXT_FULL', /41 tokens/),
    );
    assert.deepEqual(await context.positionRange(0), before);
    await feed(context, tokens.slice(0, 40), { at: cells - 40 });
    await assert.rejects(feed(context, tokens.slice(0, 1), { at: cells }), failure('ERR_CONTEXT_FULL'));
    await context.crop(0, 0, -1);
    await feed(context, tokens);
    assertSame(await context.logits(0), expected);
  });

  it('evaluates the same with any number of threads', async () => {
    const single = await model.createContext({ ...contextOptions, threads: 400, generationThreads: 1 });
    await feed(single, tokens.slice(0, -1), { wanted: 'none' });
    await feed(single, tokens.slice(-1), { at: tokens.length - 1 });
    assertSame(await single.logits(0), expected);
    await single.dispose();
  });

  it('needs no more sequences than cells in a micro-batch', async () => {
    const small = await model.createContext({
      ...contextOptions,
      maxSequences: 16,
      batchTokens: 4,
      microBatchTokens: 1,
    });
    await feed(small, tokens.slice(0, 4));
    assertSame(await small.logits(0), await freshLogits(model, tokens.slice(0, 4)));
    await small.dispose();
  });

  it('gives single logits of earlier rows, as long as they are kept', async () => {
    const small = await model.createContext({ ...contextOptions, keptRows: 2 });
    const wanted = Int32Array.of(5, 300, 16383);
    const [first] = (await feed(small, tokens.slice(0, 4))).candidates;
    const row = await small.logits(0);
    await feed(small, tokens.slice(4, 5), { at: 4 });
    assert.ok(first);
    assert.deepEqual(
      await small.logitsOf(first.row, wanted),
      wanted.reduce((values, token, i) => values.fill(row[token] ?? NaN, i, i + 1), new Float32Array(3)),
    );
    assert.deepEqual(await small.bestOf(first.row, 8), first);
    await feed(small, tokens.slice(5, 6), { at: 5 });
    await assert.rejects(small.logitsOf(first.row, wanted), failure('ERR_ARGUMENT', /again/));
    await assert.rejects(small.logitsOf(first.row + 2, Int32Array.of(16384)), failure('ERR_ARGUMENT'));
    await small.dispose();
  });

  it('sums the whole vocabulary', async () => {
    const [candidates] = (await feed(context, tokens, { topK: 16384 })).candidates;
    assert.ok(candidates);
    const highest = candidates.logits[0] ?? NaN;
    const sum = candidates.logits.reduce((total, logit) => total + Math.exp(logit - highest), 0);
    assert.ok(Math.abs(candidates.logSumExp - (highest + Math.log(sum))) < 1e-5);
  });

  describe('saves a sequence', () => {
    it('that continues in another context as it did here', async () => {
      const half = tokens.length >> 1;
      await feed(context, tokens.slice(0, half), { wanted: 'none' });
      const state = await context.stateSave(0);
      assert.equal(state.length, await context.stateSize(0));
      assert.ok(state.length >= half * context.sizes().kvBytesPerToken);
      const other = await model.createContext(contextOptions);
      await feed(other, tokens.slice(0, 3), { sequence: 2 });
      await other.stateLoad(2, state);
      assert.deepEqual(await other.positionRange(2), { min: 0, max: half - 1 });
      await feed(other, tokens.slice(half), { sequence: 2, at: half });
      assertSame(await other.logits(0), expected);
      await other.dispose();
    });

    it('and refuses it damaged, cut short, or of other types', async () => {
      await feed(context, tokens);
      const state = await context.stateSave(0);
      const damagedAt = (at: number): Uint8Array => state.map((byte, i) => (i === at ? byte ^ 1 : byte));
      // Every lane of the checksum, and what is left over at its end.
      const places = [0, 8, 16, 24].map((offset) => (state.length >> 1) + offset);
      const damaged = [...places, state.length - 1].map(damagedAt);
      for (const bad of [...damaged, state.slice(0, -1), state.slice(0, 10), new Uint8Array()])
        await assert.rejects(context.stateLoad(1, bad), failure('ERR_STATE'));
      assert.deepEqual(await context.positionRange(1), { min: -1, max: -1 });
      const typed = await model.createContext({ ...contextOptions, keyType: 'q8_0' });
      await assert.rejects(typed.stateLoad(0, state), failure('ERR_STATE'));
      await typed.dispose();
      const full = await model.createContext({ ...contextOptions, cells: 256 });
      await feed(full, new Int32Array(full.sizes().cells - 4).fill(100), { wanted: 'none' });
      await assert.rejects(full.stateLoad(1, state), failure('ERR_CONTEXT_FULL'));
      await full.dispose();
      await feed(context, tokens, { sequence: 1 });
      assertSame(await context.logits(0), expected);
    });
  });

  it('holds its cache where the model runs, of exactly the size of the formula', async () => {
    const { layers, kvHeads, embeddingLength, heads } = model.info;
    const values = layers * kvHeads * (embeddingLength / heads);
    const bytes: Record<string, number> = {
      ...{ f32: 4, f16: 2, q8_0: 34 / 32, q5_1: 24 / 32, q5_0: 22 / 32 },
      ...{ q4_1: 20 / 32, q4_0: 18 / 32, iq4_nl: 18 / 32 },
    };
    const types: [KvType, KvType][] = [
      ['f16', 'f16'],
      ['q8_0', 'q8_0'],
      ['f16', 'q8_0'],
      ['f16', 'q5_1'],
      ['f16', 'q4_0'],
      ['q5_0', 'q5_0'],
      ['q8_0', 'q4_1'],
      ['q8_0', 'iq4_nl'],
    ];
    for (const [keyType, valueType] of types) {
      const typed = await model.createContext({ ...contextOptions, cells: 300, keyType, valueType });
      const sizes = typed.sizes();
      assert.ok(sizes.cells >= 300 && sizes.maxSequences === 4);
      assert.equal(sizes.kvBytesPerToken, values * ((bytes[keyType] ?? NaN) + (bytes[valueType] ?? NaN)));
      assert.equal(sizes.kvBytes, sizes.cells * sizes.kvBytesPerToken);
      assert.equal(sizes.kvBuffers.length, 1);
      assert.equal(sizes.kvBuffers[0]?.bytes, sizes.kvBytes);
      assert.match(sizes.kvBuffers[0].name, backend === 'cpu' ? /^CPU$/ : new RegExp(`^${backend}`, 'i'));
      await feed(typed, tokens);
      // Four bits for values cost more than the order of sums does.
      assert.ok(
        distance(await typed.logits(0), expected) <
          (/4/.test(valueType) || keyType === 'q5_0' ? 40 : 10) * tolerance,
      );
      await typed.dispose();
    }
  });

  describe('refuses', () => {
    it('batches that llama.cpp would stop at', async () => {
      const good = {
        tokens: Int32Array.of(1, 2),
        positions: Int32Array.of(0, 1),
        sequences: Int32Array.of(0, 0),
        logits: Uint8Array.of(0, 1),
      };
      for (const [name, change] of Object.entries({
        'a token beyond the vocabulary': { tokens: Int32Array.of(1, 16384) },
        'a negative token': { tokens: Int32Array.of(-1, 1) },
        'a sequence beyond maxSequences': { sequences: Int32Array.of(0, 4) },
        'a negative sequence': { sequences: Int32Array.of(-1, 0) },
        'a gap of positions': { positions: Int32Array.of(0, 2) },
        'a start beyond the end': { positions: Int32Array.of(5, 6) },
        'a position twice': { positions: Int32Array.of(0, 0) },
        'a negative position': { positions: Int32Array.of(-1, 0) },
        'arrays of different lengths': { logits: Uint8Array.of(1) },
        'arrays of another type': { tokens: [1, 2] },
        'no token': {
          tokens: new Int32Array(),
          positions: new Int32Array(),
          sequences: new Int32Array(),
          logits: new Uint8Array(),
        },
      })) {
        const batch = { ...good, ...change } as typeof good;
        await assert.rejects(context.decode(batch, 1), failure('ERR_ARGUMENT'), name);
      }
      for (const topK of [-1, 0.5, NaN, 16385])
        await assert.rejects(context.decode(good, topK), failure('ERR_ARGUMENT'));
      await assert.rejects(feed(context, new Int32Array(513)), failure('ERR_ARGUMENT', /batchTokens/));
      assert.deepEqual(await context.positionRange(0), { min: -1, max: -1 });
      await feed(context, tokens);
      assertSame(await context.logits(0), expected);
    });

    it('sequences and indices out of range', async () => {
      await assert.rejects(context.crop(4, 0, -1), failure('ERR_ARGUMENT'));
      await assert.rejects(context.crop(0, -1, -1), failure('ERR_ARGUMENT'));
      await assert.rejects(context.share(0, 0, 0, 1), failure('ERR_ARGUMENT'));
      await assert.rejects(context.share(0, 9, 0, 1), failure('ERR_ARGUMENT'));
      await assert.rejects(context.positionRange(-1), failure('ERR_ARGUMENT'));
      await assert.rejects(context.stateSize(4), failure('ERR_ARGUMENT'));
      await assert.rejects(context.logits(0), failure('ERR_ARGUMENT'));
    });

    it('contexts of impossible options', async () => {
      for (const change of [
        { cells: 0 },
        { cells: 1.5 },
        { maxSequences: 0 },
        { maxSequences: 100_000 },
        { batchTokens: 0 },
        { microBatchTokens: 513 },
        { threads: 0 },
        { generationThreads: 0 },
        { keyType: 'q3' as KvType },
        { valueType: 'q8_0' as const, flashAttention: 'off' as const },
        { flashAttention: 'maybe' as 'auto' },
      ]) {
        await assert.rejects(
          model.createContext({ ...contextOptions, ...change }),
          failure('ERR_ARGUMENT'),
          JSON.stringify(change),
        );
      }
    });

    it('caches larger than the machine', async () => {
      const huge = model.createContext({ ...contextOptions, cells: 1 << 30 });
      await assert.rejects(huge, failure('ERR_OUT_OF_MEMORY', /fewer cells/));
    });
  });
});
