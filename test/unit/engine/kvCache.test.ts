/** The cache is the text: whatever happens, the KV cache holds what the session believes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { generateBranches } from '../../../server/src/engine/host/decode/branches';
import { Drafts } from '../../../server/src/engine/host/decode/drafts';
import { generate, type Decoder, type Generation } from '../../../server/src/engine/host/decode/generate';
import { commonPrefix } from '../../../server/src/engine/host/cache/sequence';
import { KvCache, type KvCacheOptions } from '../../../server/src/engine/host/cache/kvCache';
import { Vocabulary } from '../../../server/src/engine/host/decode/vocabulary';
import { SqlAheadError } from '../../../server/src/errors';
import { expectedCandidates, scriptedModel, ScriptedContext } from './scriptedContext';

const options = { maxSequences: 6, chunkTokens: 4, contextTokens: 200 };
const never = new AbortController().signal;
const rules = { maxTokens: 6, stopBefore: [], stopAfter: [] };
const vocabulary = new Vocabulary({ ...scriptedModel, isEndOfGeneration: () => false });

function make(context = new ScriptedContext(), changed: Partial<KvCacheOptions> = {}): KvCache {
  return new KvCache(context, { ...options, ...changed });
}
const tokens = (text: string): Int32Array => Int32Array.from(text, (letter) => letter.charCodeAt(0) - 60);
const decoder = (cache: KvCache, context: ScriptedContext, drafts?: Drafts): Decoder => ({
  cache,
  context,
  vocabulary,
  ...(drafts ? { drafts } : {}),
});

/** Tokens 0 and 1 have no text and are passed over. */
const likeliest = (text: readonly number[]): number | undefined =>
  expectedCandidates(text).tokens.find((token) => token > 1);

async function sync(
  cache: KvCache,
  name: string,
  text: string,
): Promise<[reused: number, evaluated: number]> {
  const { reused, evaluated } = await cache.sync(name, tokens(text), never);
  return [reused, evaluated];
}

async function assertCacheIsText(cache: KvCache, context: ScriptedContext, name: string): Promise<void> {
  const sequence = await cache.open(name);
  assert.deepEqual(sequence.tokens, context.sequences.get(sequence.id) ?? []);
  for (let length = 1; length <= sequence.tokens.length; length++) {
    const candidates = cache.candidatesAfter(name, length);
    if (candidates)
      assert.deepEqual(candidates.tokens, expectedCandidates(sequence.tokens.slice(0, length)).tokens);
  }
  const held = [...context.sequences.values()].reduce((sum, { length }) => sum + length, 0);
  assert.equal(
    held,
    cache.sequences().reduce((sum, { tokens: length }) => sum + length, 0),
  );
}

describe('KvCache', () => {
  it('evaluates a prompt once and then only what is new', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    assert.deepEqual(await sync(cache, 'a', 'ABCDEFGHIJ'), [0, 10]);
    assert.deepEqual(await sync(cache, 'a', 'ABCDEFGHIJK'), [10, 1]);
    assert.deepEqual(await sync(cache, 'a', 'ABCDEFGHIJK'), [11, 0]);
    await assertCacheIsText(cache, context, 'a');
  });

  it('crops at the first difference', async () => {
    const cache = make();
    await sync(cache, 'a', 'ABCDEFG');
    assert.deepEqual(await cache.sync('a', tokens('ABCXEFG'), never), {
      reused: 3,
      cropped: 4,
      evaluated: 4,
      restored: 0,
    });
  });

  it('evaluates one token again when text is only taken away, because its logits were not kept', async () => {
    const cache = make();
    await sync(cache, 'a', 'ABCDEFG');
    assert.deepEqual(await sync(cache, 'a', 'ABCD'), [3, 1]);
  });

  it('evaluates nothing for an undo, a redo and the undo of both', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    await sync(cache, 'a', 'ABCD');
    await sync(cache, 'a', 'ABCDEF');
    await sync(cache, 'a', 'ABXY');
    for (const text of ['ABCDEF', 'ABXY', 'ABCD', 'ABCDEF', 'ABXY'])
      assert.deepEqual(await sync(cache, 'a', text), [text.length, 0]);
    await assertCacheIsText(cache, context, 'a');
  });

  it('evaluates nothing for a document that is opened again', async () => {
    const cache = make();
    await sync(cache, 'a', 'ABCDEFGH');
    await cache.close('a');
    await sync(cache, 'b', 'XYZ');
    assert.deepEqual(await sync(cache, 'a', 'ABCDEFGH'), [8, 0]);
  });

  it('evaluates nothing for what was generated: accepted, in part, and again', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    await sync(cache, 'a', 'ABCDE');
    const first = await generate(decoder(cache, context), 'a', 5, rules, never);
    assert.equal(first.decoded, rules.maxTokens);
    const again = await generate(decoder(cache, context), 'a', 5, rules, never);
    assert.deepEqual([again.text, again.decoded], [first.text, 0]);
    for (let length = 5; length <= first.tokens.length; length++)
      assert.equal(
        (await cache.sync('a', Int32Array.from(first.tokens.slice(0, length)), never)).evaluated,
        0,
      );
    assert.equal(first.tokens.length, 5 + rules.maxTokens);
  });

  it('takes a common beginning over from another session, which keeps its own', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    const schema = 'ABCDEFGHIJKLMNOPQRST';
    await sync(cache, 'a', schema + 'XY');
    assert.deepEqual(await sync(cache, 'b', schema + 'Z'), [20, 1]);
    assert.deepEqual(await sync(cache, 'a', schema + 'XY'), [22, 0]);
    assert.equal(cache.usedCells(), 23);
    await assertCacheIsText(cache, context, 'a');
    await assertCacheIsText(cache, context, 'b');
  });

  it('keeps the schema when every document is gone', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    const schema = 'ABCDEFGHIJKLMNOPQRST';
    await cache.sync('a', tokens(schema + 'XY'), never, schema.length);
    for (const name of ['b', 'c', 'd', 'e', 'f', 'g', 'h'])
      await sync(cache, name, name.toUpperCase() + 'YZ');
    assert.deepEqual(await sync(cache, 'i', schema + 'Z'), [20, 1]);
  });

  it('evicts the least recently used session when sequences run out', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      await sync(cache, name, name.toUpperCase() + 'BC');
    assert.deepEqual(await sync(cache, 'b', 'BBC'), [3, 0]);
    assert.deepEqual(await sync(cache, 'a', 'ABC'), [0, 3]);
    await assertCacheIsText(cache, context, 'd');
  });

  describe('with drafts', () => {
    /** Continues in a circle, so that what followed before is a good guess. */
    class Circular extends ScriptedContext {
      override async decode(
        batch: Parameters<ScriptedContext['decode']>[0],
      ): ReturnType<ScriptedContext['decode']> {
        const result = await super.decode(batch);
        const wanted = [...batch.tokens].filter((_, i) => batch.logits[i] === 1);
        return {
          ...result,
          candidates: result.candidates.map((candidates, i) => ({
            ...candidates,
            tokens: Int32Array.of(5 + (((wanted[i] ?? 0) - 4) % 7)),
          })),
        };
      }
    }
    async function run(drafts?: Drafts): Promise<{ generation: Generation; calls: number }> {
      const context = new Circular();
      const cache = make(context);
      await sync(cache, 'a', 'ABCDEFGABCDEFG');
      const before = context.calls;
      const generation = await generate(
        decoder(cache, context, drafts),
        'a',
        14,
        { ...rules, maxTokens: 20 },
        never,
      );
      const sequence = await cache.open('a');
      assert.deepEqual(sequence.tokens, context.sequences.get(sequence.id));
      return { generation, calls: context.calls - before };
    }

    it('says the same with fewer decodes', async () => {
      const [plain, drafted] = [await run(), await run(new Drafts())];
      assert.equal(drafted.generation.text, plain.generation.text);
      assert.deepEqual(drafted.generation.tokens, plain.generation.tokens);
      assert.ok(drafted.calls * 3 < plain.calls, `${String(drafted.calls)} of ${String(plain.calls)}`);
      assert.ok(drafted.generation.accepted > 10);
    });

    it('pauses where they do not pay', () => {
      const drafts = new Drafts();
      const text = [1, 2, 3, 4, 5, 1];
      assert.deepEqual([...drafts.guess(text, 6, 2)], [3, 4, 5, 1]);
      drafts.learn(0, 0, 1);
      drafts.learn(4, 0, 2);
      assert.equal(drafts.guess(text, 6, 2).length, 0);
    });
  });

  it('decodes alternatives side by side, each as if it were alone', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    await sync(cache, 'a', 'ABCDE');
    const before = context.calls;
    const branches = await generateBranches(decoder(cache, context), 'a', 5, 3, rules, never);
    assert.equal(context.calls - before, rules.maxTokens);
    assert.equal(new Set(branches.map(({ text }) => text[0])).size, 3);
    for (const { tokens: branch } of branches) {
      for (let length = 6; length < branch.length; length++)
        assert.equal(branch[length], likeliest(branch.slice(0, length)));
      // Accepting any of them evaluates nothing.
      assert.equal((await cache.sync('a', Int32Array.from(branch), never)).evaluated, 0);
    }
    await assertCacheIsText(cache, context, 'a');
  });

  it('restores a saved schema, and drops one that is refused', async () => {
    const schema = tokens('ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRST');
    let dropped = 0;
    const restore = (state: Uint8Array) => () =>
      Promise.resolve({ tokens: schema, state, drop: () => (dropped += 1) });
    const context = new ScriptedContext();
    const cache = make(context, { restore: restore(Uint8Array.from(schema)) });
    const prompt = Int32Array.of(...schema, 5, 6);
    assert.deepEqual(await cache.sync('a', prompt, never, schema.length), {
      reused: schema.length,
      cropped: 0,
      evaluated: 2,
      restored: schema.length,
    });
    await assertCacheIsText(cache, context, 'a');
    const damaged = make(undefined, { restore: restore(new Uint8Array()) });
    assert.equal((await damaged.sync('a', prompt, never, schema.length)).evaluated, prompt.length);
    assert.equal(dropped, 1);
  });

  it('evicts other sessions when the cells run out, and says so when there is none left', async () => {
    const context = new ScriptedContext(24);
    const cache = make(context);
    await cache.sync('a', tokens('ABCDEFGHIJ'), never);
    await cache.sync('b', tokens('KLMNOPQRST'), never);
    await cache.sync('b', tokens('KLMNOPQRSTUVWXY'), never);
    await assertCacheIsText(cache, context, 'a');
    await assertCacheIsText(cache, context, 'b');
    await assert.rejects(cache.sync('b', tokens('ABCDEFGHIJKLMNOPQRSTUVWXYZ'), never), {
      code: 'ERR_CONTEXT_FULL',
    });
    await assertCacheIsText(cache, context, 'b');
  });

  it('refuses a prompt that leaves no room to answer', async () => {
    await assert.rejects(make(undefined, { contextTokens: 4 }).sync('a', tokens('ABCD'), never), {
      code: 'ERR_PROMPT_TOO_LONG',
    });
  });

  it('keeps finished micro-batches of an aborted prefill', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    context.faults.abortAt = { call: 1, kept: 2 };
    await assert.rejects(cache.sync('a', tokens('ABCDEFGHIJ'), never), { code: 'ERR_CANCELLED' });
    await assertCacheIsText(cache, context, 'a');
    assert.equal((await cache.sync('a', tokens('ABCDEFGHIJ'), never)).reused, 6);
    await assertCacheIsText(cache, context, 'a');
  });

  it('stops at once when newer input comes in mid-prefill', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    const controller = new AbortController();
    context.onDecode = () => {
      if (context.calls === 2) controller.abort();
    };
    await assert.rejects(cache.sync('a', tokens('ABCDEFGHIJKLMNOP'), controller.signal), {
      code: 'ERR_CANCELLED',
    });
    assert.equal(context.calls, 2);
    await assertCacheIsText(cache, context, 'a');
  });

  it('holds through any sequence of edits, generations, switches and aborts', async () => {
    const text = fc.string({ unit: fc.constantFrom('A', 'B', 'C', 'D'), minLength: 1, maxLength: 60 });
    const step = fc.record({
      session: fc.constantFrom('a', 'b', 'c', 'd'),
      text,
      generate: fc.integer({ min: 0, max: 5 }),
      abort: fc.option(
        fc.record({ call: fc.integer({ min: 0, max: 6 }), kept: fc.integer({ min: 0, max: 3 }) }),
        { nil: undefined },
      ),
      close: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const context = new ScriptedContext(240);
        const cache = make(context);
        const drafts = new Drafts();
        for (const { session, text: prompt, generate: count, abort, close } of steps) {
          if (abort) context.faults.abortAt = { call: context.calls + abort.call, kept: abort.kept };
          else delete context.faults.abortAt;
          if (close) await cache.close(session);
          const wanted = tokens(prompt);
          try {
            const result = await cache.sync(session, wanted, never, Math.floor(wanted.length / 2));
            assert.equal(commonPrefix((await cache.open(session)).tokens, wanted), wanted.length);
            assert.ok(cache.candidatesAfter(session, wanted.length));
            assert.equal(result.reused + result.evaluated, wanted.length);
            const decoding = { ...rules, maxTokens: count };
            const tools = decoder(cache, context, drafts);
            const { tokens: said } = await generate(tools, session, wanted.length, decoding, never);
            for (let length = wanted.length; length < said.length; length++)
              assert.equal(said[length], likeliest(said.slice(0, length)));
            if (count > 2) await generateBranches(tools, session, wanted.length, 2, decoding, never);
          } catch (error) {
            assert.ok(error instanceof SqlAheadError && error.code === 'ERR_CANCELLED', String(error));
          }
          for (const name of ['a', 'b', 'c', 'd']) await assertCacheIsText(cache, context, name);
        }
      }),
      { numRuns: 300 },
    );
  });
});
