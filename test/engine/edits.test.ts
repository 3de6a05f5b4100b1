/**
 * Invariant 1 on the real model: after any edits of any documents the cache holds exactly the prompt's tokens, and
 * gives the same answer as a context that never held anything else.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Context, Model } from '../../native/index';
import { promptText, type Prompt } from '../../server/src/engine/engine';
import { Drafts } from '../../server/src/engine/host/decode/drafts';
import { generate, type Decoder } from '../../server/src/engine/host/decode/generate';
import { KvCache } from '../../server/src/engine/host/cache/kvCache';
import { SegmentTokenizer } from '../../server/src/engine/host/decode/tokenizer';
import { Vocabulary } from '../../server/src/engine/host/decode/vocabulary';
import { backend, gpuLayers, never, runtime, schemas, starter } from './support';

/**
 * How far log probabilities may differ: batches of other sizes go through other kernels, activations are quantized to 8
 * bits, and a GPU multiplies in half precision.
 */
const bound = backend === 'cpu' ? 0.75 : 1;
/** And all of them together: another token in the cache moves every one by far more. */
const meanBound = 0.05;
const scripts = backend === 'cpu' ? 60 : 3;
const steps = backend === 'cpu' ? 50 : 12;
const contextOptions = { batchTokens: 512, microBatchTokens: 64, threads: 1 };

type Edit =
  | { readonly kind: 'insert' | 'paste'; readonly at: number; readonly text: string }
  | { readonly kind: 'delete'; readonly at: number; readonly length: number }
  | { readonly kind: 'jump'; readonly at: number }
  | { readonly kind: 'undo' | 'accept' }
  | { readonly kind: 'document' | 'schema'; readonly number: number };

const words = [
  'SELECT ',
  'name',
  ' FROM customers',
  '\n',
  ', ',
  'o.',
  "'Größe'",
  '  ',
  'WHERE amount > 1',
  ';',
  '(',
];
const at = fc.double({ min: 0, max: 1, noNaN: true });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('insert'),
      at: fc.constant(1),
      text: fc.constantFrom(...words, 'a', '_', '1'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('insert'), at, text: fc.constantFrom(...words) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('paste'),
      at,
      text: fc
        .array(fc.constantFrom(...words), { minLength: 2, maxLength: 9 })
        .map((parts) => parts.join('')),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('delete'), at, length: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('jump'), at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('undo', 'accept') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('document', 'schema'),
      number: fc.integer({ min: 0, max: 2 }),
    }),
  },
);

/** A document with its history; the prompt holds what stands before the cursor. */
class Editor {
  text = '';
  cursor = 0;
  readonly #history: string[] = [];

  apply(change: Edit): void {
    const place = 'at' in change ? Math.round(change.at * this.text.length) : this.cursor;
    if (change.kind === 'undo') return this.#set(this.#history.pop() ?? this.text);
    if (change.kind === 'jump') this.cursor = place;
    if (change.kind !== 'insert' && change.kind !== 'paste' && change.kind !== 'delete') return;
    this.#history.push(this.text);
    const [text, length] = change.kind === 'delete' ? ['', change.length] : [change.text, 0];
    this.text = (this.text.slice(0, place) + text + this.text.slice(place + length)).slice(0, 160);
    this.cursor = Math.min(place + text.length, this.text.length);
  }

  accept(text: string): void {
    this.#history.push(this.text);
    this.text = this.text.slice(0, this.cursor) + text + this.text.slice(this.cursor);
    this.cursor += text.length;
  }

  #set(text: string): void {
    this.text = text;
    this.cursor = text.length;
  }
}

describe('the cache is the text', function () {
  this.timeout(300_000);
  let model: Model;
  let vocabulary: Vocabulary;
  let fresh: Context;

  before(async () => {
    model = await (await runtime()).addon.loadModel({ path: starter, gpuLayers });
    vocabulary = new Vocabulary(model);
    fresh = await model.createContext({ ...contextOptions, cells: 1024, maxSequences: 1 });
  });
  after(() => model.dispose());

  /** Log probabilities of some tokens after the others, everything evaluated anew. */
  async function reference(tokens: Int32Array, wanted: Int32Array): Promise<number[]> {
    await fresh.crop(0, 0, -1);
    const logits = new Uint8Array(tokens.length).fill(1, -1);
    const positions = Int32Array.from(tokens, (_, i) => i);
    const sequences = new Int32Array(tokens.length);
    const { candidates } = await fresh.decode({ tokens, positions, sequences, logits }, 1);
    const [best] = candidates;
    assert.ok(best);
    return Array.from(await fresh.logitsOf(best.row, wanted), (logit) => logit - best.logSumExp);
  }

  it('after any edits of three documents over three schemas', async () => {
    let [edits, compared, largest, sum, count] = [0, 0, 0, 0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: steps, maxLength: steps }), async (script) => {
        // So small that sequences have to leave.
        const context = await model.createContext({ ...contextOptions, cells: 768, maxSequences: 8 });
        const cache = new KvCache(context, { maxSequences: 8, chunkTokens: 64, contextTokens: 512 });
        const decoder: Decoder = { cache, context, vocabulary, drafts: new Drafts() };
        const tokenizer = new SegmentTokenizer(model, vocabulary);
        const editors = [new Editor(), new Editor(), new Editor()];
        let [current, tables] = [0, 1];
        for (const change of script) {
          edits++;
          if (change.kind === 'document') current = change.number;
          if (change.kind === 'schema') tables = change.number + 1;
          const editor = editors[current] ?? new Editor();
          editor.apply(change);
          const name = `document ${current.toString()}`;
          const head = `-- dialect: sqlite\n${schemas.slice(0, tables).join('\n')}\n\n`;
          const prompt: Prompt = { segments: [head, editor.text.slice(0, editor.cursor)], stable: 1 };
          const { tokens, healed, schemaTokens } = tokenizer.prompt(prompt);
          const said = Buffer.concat(Array.from(tokens, (token) => vocabulary.bytes(token))).toString();
          assert.equal(said + healed, promptText(prompt));
          const { reused, evaluated } = await cache.sync(name, tokens, never, schemaTokens);
          assert.equal(reused + evaluated, tokens.length);
          const sequence = await cache.open(name);
          assert.deepEqual(sequence.tokens.slice(0, tokens.length), [...tokens]);
          assert.deepEqual(await cache.positions(name), { min: 0, max: sequence.tokens.length - 1 });
          const candidates = cache.candidatesAfter(name, tokens.length);
          assert.ok(candidates);
          if (edits % 3 === 0) {
            compared++;
            const expected = await reference(tokens, candidates.tokens.subarray(0, 8));
            for (const [i, logProbability] of expected.entries()) {
              const difference = Math.abs(
                (candidates.logits[i] ?? NaN) - candidates.logSumExp - logProbability,
              );
              // What is hardly possible may be so by another order of magnitude.
              if (logProbability > -6) {
                largest = Math.max(largest, difference);
                sum += difference;
                count++;
              }
              assert.ok(
                logProbability <= -6 || difference <= bound,
                `${difference.toString()} in ${said.slice(-60)}`,
              );
            }
          }
          if (change.kind === 'accept') {
            const options = { maxTokens: 5, stopBefore: [], stopAfter: [], healed };
            const generated = await generate(decoder, name, tokens.length, options, never);
            tokenizer.generated(prompt, generated.tokens);
            editor.accept(generated.text);
          }
        }
        await context.dispose();
      }),
      { numRuns: scripts, endOnFailure: true },
    );
    const mean = sum / count;
    assert.ok(mean <= meanBound, `log probabilities differ by ${mean.toString()} in the mean`);
    process.stdout.write(
      `      ${edits.toString()} edits, ${compared.toString()} compared: log probabilities differ by ${mean.toFixed(4)} in the mean, ${largest.toFixed(3)} at most\n`,
    );
  });
});
