/**
 * Work is cancelled or interrupted in each phase: evaluated tokens stay, none is evaluated twice, the cache is the
 * text.
 */
import assert from 'node:assert/strict';
import { generate } from '../../../server/src/engine/host/decode/generate';
import { Scheduler } from '../../../server/src/engine/scheduler';
import { KvCache } from '../../../server/src/engine/host/cache/kvCache';
import { Vocabulary } from '../../../server/src/engine/host/decode/vocabulary';
import { ScriptedContext, scriptedModel } from './scriptedContext';

const prompt = Int32Array.from({ length: 64 }, (_, i) => 2 + ((i * 7) % 50));
const chunk = 8;
const options = { maxTokens: 6, stopBefore: [], stopAfter: [] };
const neverEnds = { ...scriptedModel, isEndOfGeneration: () => false };

function parts(): { context: ScriptedContext; cache: KvCache; scheduler: Scheduler } {
  const context = new ScriptedContext();
  const cache = new KvCache(context, { maxSequences: 4, chunkTokens: chunk, contextTokens: 1000 });
  return { context, cache, scheduler: new Scheduler() };
}

function prefill({ cache, scheduler }: ReturnType<typeof parts>, session: string, tokens = prompt) {
  return scheduler.schedule(session, 'prefill', (signal) => cache.sync(session, tokens, signal));
}

describe('a prefill', () => {
  it('that is interrupted goes on where it was', async () => {
    const all = parts();
    const { context, scheduler, cache } = all;
    let interrupted: Promise<unknown> | undefined;
    context.onDecode = () => {
      if (context.calls === 3) {
        context.onDecode = undefined;
        // More urgent: a completion of another window.
        interrupted = scheduler.schedule('other:y', 'complete', (signal) =>
          cache.sync('other:y', Int32Array.of(3, 4), signal),
        );
      }
    };
    await prefill(all, 'a:x');
    await interrupted;
    assert.equal(context.evaluatedTokens, prompt.length + 2);
    assert.deepEqual((await cache.open('a:x')).tokens, [...prompt]);
  });

  it('that is cancelled keeps what it evaluated for the next one', async () => {
    const all = parts();
    const { context, cache } = all;
    let newer: Promise<unknown> | undefined;
    context.onDecode = () => {
      if (context.calls === 3) newer = prefill(all, 'a:x', Int32Array.of(...prompt, 5));
    };
    await assert.rejects(prefill(all, 'a:x'), { code: 'ERR_CANCELLED' });
    context.onDecode = undefined;
    await newer;
    assert.equal(context.evaluatedTokens, prompt.length + 1);
    assert.deepEqual((await cache.open('a:x')).tokens, [...prompt, 5]);
  });
});

describe('decoding ahead', () => {
  it('that is interrupted keeps what it decoded, and answers as if it had not been', async () => {
    const decodeAhead = (all: ReturnType<typeof parts>): Promise<{ text: string }> =>
      all.scheduler.schedule('a:x', 'ahead', async (signal) => {
        await all.cache.sync('a:x', prompt, signal);
        return generate(
          { cache: all.cache, context: all.context, vocabulary: new Vocabulary(neverEnds) },
          'a:x',
          prompt.length,
          options,
          signal,
        );
      });
    const quiet = await decodeAhead(parts());
    for (let at = 1; at <= prompt.length / chunk + options.maxTokens; at++) {
      const all = parts();
      const { context, cache, scheduler } = all;
      let visible: Promise<unknown> | undefined;
      context.onDecode = () => {
        if (context.calls !== at) return;
        context.onDecode = undefined;
        visible = scheduler.schedule('b:y', 'complete', (signal) =>
          cache.sync('b:y', Int32Array.of(3), signal),
        );
      };
      const { text } = await decodeAhead(all);
      await visible;
      assert.equal(text, quiet.text);
      assert.equal(context.evaluatedTokens, prompt.length + options.maxTokens + 1);
    }
  });
});
