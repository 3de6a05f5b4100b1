/** The cache is the text: whatever happens, what a session believes is what the KV cache holds. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { commonPrefix, SequenceCache } from '../../../server/src/engine/host/sequenceCache';
import { generate } from '../../../server/src/engine/host/generate';
import { SqlAheadError } from '../../../server/src/errors';
import { expectedCandidates, scriptedModel, ScriptedContext } from './scriptedContext';

const options = { maxSequences: 3, chunkTokens: 4, contextTokens: 200 };
const never = new AbortController().signal;

function make(context = new ScriptedContext(), changed: Partial<typeof options> = {}): SequenceCache {
  return new SequenceCache(context, { ...options, ...changed });
}
const tokens = (text: string): Int32Array => Int32Array.from(text, (letter) => letter.charCodeAt(0) - 60);

async function assertCacheIsText(
  cache: SequenceCache,
  context: ScriptedContext,
  name: string,
): Promise<void> {
  const session = await cache.open(name);
  assert.deepEqual(session.tokens, context.sequences.get(session.sequence) ?? []);
  for (const [position, candidates] of session.candidates) {
    assert.ok(position < session.tokens.length);
    assert.deepEqual(candidates, expectedCandidates(session.tokens.slice(0, position + 1)));
  }
}

describe('SequenceCache', () => {
  it('evaluates a prompt once and then only what is new', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    assert.deepEqual(await cache.sync('a', tokens('ABCDEFGHIJ'), never), {
      reused: 0,
      cropped: 0,
      evaluated: 10,
    });
    assert.deepEqual(await cache.sync('a', tokens('ABCDEFGHIJK'), never), {
      reused: 10,
      cropped: 0,
      evaluated: 1,
    });
    assert.equal(context.evaluatedTokens, 11);
    await assertCacheIsText(cache, context, 'a');
  });

  it('evaluates nothing for the same prompt again', async () => {
    const cache = make();
    await cache.sync('a', tokens('ABCDE'), never);
    assert.equal((await cache.sync('a', tokens('ABCDE'), never)).evaluated, 0);
  });

  it('crops at the first difference', async () => {
    const cache = make();
    await cache.sync('a', tokens('ABCDEFG'), never);
    assert.deepEqual(await cache.sync('a', tokens('ABCXEFG'), never), {
      reused: 3,
      cropped: 4,
      evaluated: 4,
    });
  });

  it('evaluates one token again when text is only taken away, because its logits were not kept', async () => {
    const cache = make();
    await cache.sync('a', tokens('ABCDEFG'), never);
    assert.deepEqual(await cache.sync('a', tokens('ABCD'), never), { reused: 3, cropped: 4, evaluated: 1 });
  });

  it('keeps what was decoded ahead while the text follows it', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    const prompt = tokens('ABCDE');
    await cache.sync('a', prompt, never);
    const first = await generate(
      cache,
      scriptedModel,
      'a',
      prompt.length,
      { maxTokens: 4, stopBefore: [], stopAfter: [] },
      never,
    );
    assert.ok(first.decoded > 0);
    const ahead = (await cache.open('a')).tokens.slice(0, 7);
    const evaluated = context.evaluatedTokens;
    assert.equal((await cache.sync('a', Int32Array.from(ahead), never)).evaluated, 0);
    assert.equal(context.evaluatedTokens, evaluated);
  });

  it('generates the same text again without evaluating', async () => {
    const cache = make();
    const prompt = tokens('ABCDE');
    const rules = { maxTokens: 6, stopBefore: [], stopAfter: [] };
    await cache.sync('a', prompt, never);
    const first = await generate(cache, scriptedModel, 'a', prompt.length, rules, never);
    const second = await generate(cache, scriptedModel, 'a', prompt.length, rules, never);
    assert.equal(second.text, first.text);
    assert.equal(second.decoded, 0);
  });

  it('takes a long common beginning over from another session', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    const schema = 'ABCDEFGHIJKLMNOPQRST';
    await cache.sync('a', tokens(schema + 'XY'), never);
    assert.deepEqual(await cache.sync('b', tokens(schema + 'Z'), never), {
      reused: 20,
      cropped: 0,
      evaluated: 1,
    });
    await assertCacheIsText(cache, context, 'a');
    await assertCacheIsText(cache, context, 'b');
  });

  it('evicts the least recently used session when sequences run out', async () => {
    const context = new ScriptedContext();
    const cache = make(context);
    for (const name of ['a', 'b', 'c', 'd']) await cache.sync(name, tokens(name.toUpperCase() + 'BC'), never);
    assert.equal((await cache.sync('a', tokens('ABC'), never)).reused, 0);
    await assertCacheIsText(cache, context, 'd');
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
        const context = new ScriptedContext(120);
        const cache = make(context);
        for (const { session, text: prompt, generate: count, abort, close } of steps) {
          if (abort) context.faults.abortAt = { call: context.calls + abort.call, kept: abort.kept };
          else delete context.faults.abortAt;
          if (close) await cache.close(session);
          const wanted = tokens(prompt);
          try {
            const result = await cache.sync(session, wanted, never);
            const { tokens: cached, candidates } = await cache.open(session);
            assert.equal(commonPrefix(cached, wanted), wanted.length);
            assert.ok(candidates.has(wanted.length - 1));
            assert.equal(result.reused + result.evaluated, wanted.length);
            await generate(
              cache,
              scriptedModel,
              session,
              wanted.length,
              { maxTokens: count, stopBefore: [], stopAfter: [] },
              never,
            );
          } catch (error) {
            assert.ok(error instanceof SqlAheadError && error.code === 'ERR_CANCELLED', String(error));
          }
          for (const name of ['a', 'b', 'c']) await assertCacheIsText(cache, context, name);
        }
      }),
      { numRuns: 300 },
    );
  });
});
