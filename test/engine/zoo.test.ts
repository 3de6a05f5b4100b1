/** The zoo's commands on the starter model: what they find sound, and what they refuse. Counts and content, no times. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Context, Model } from '../../native/types';
import { runCommand } from '../../scripts/zoo/command';
import { lowRank } from '../../scripts/zoo/lowRank';
import { chunks, documents, measure } from '../../scripts/zoo/measure';
import { openContext, openModel, plainCache } from '../../scripts/zoo/opened';
import { snapshots } from '../../scripts/zoo/snapshot';
import { logSumExp, perplexity } from '../../scripts/zoo/statistics';
import { cacheChecks } from '../../scripts/zoo/validate';
import { readPreset } from '../../server/src/engine/host/cacheTypes';
import { readGguf, value, writeGguf } from '../native/support/gguf';
import { loadHost, never, prompt, removeFolders, starter, temporaryFolder } from './support';

describe('the zoo', () => {
  after(removeFolders);

  async function zoo(...args: string[]): Promise<{ code: number; out: string; note: string }> {
    const said = { out: '', note: '' };
    const code = await runCommand(args, {
      out: (text) => void (said.out += text),
      note: (text) => void (said.note += text),
    });
    return { code, ...said };
  }

  /** The model with other members; its methods stay bound to it. */
  function changed(model: Model, members: Partial<Model>): Model {
    return new Proxy(model, {
      get(target, name) {
        if (name in members) return members[name as keyof Model];
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
      },
    });
  }

  describe('measures', () => {
    let model: Model;
    before(async () => {
      model = await openModel(starter);
    });
    after(() => model.dispose());

    it('finds each mechanism of the cache equal to a fresh evaluation', async () => {
      const checks = await cacheChecks(model, plainCache);
      assert.deepEqual(
        checks.map(({ name, passed }) => [name, passed]),
        ['extraction', 'extension', 'cropping', 'sharing', 'save and restore'].map((name) => [name, true]),
      );
      // A changed end costs its own tokens, and so does another document behind the same schema.
      assert.deepEqual(
        checks.slice(2, 4).map(({ evaluated }) => evaluated),
        [6, 30],
      );
    });

    it('finds a cache that holds other content than it says', async () => {
      let made = 0;
      // The first context, which is the cache's, reads another token where the text has every third.
      const forgetful: Model = changed(model, {
        createContext: async (options: Parameters<Model['createContext']>[0]): Promise<Context> => {
          const context = await model.createContext(options);
          if (made++ > 0) return context;
          return new Proxy(context, {
            get(target, name) {
              if (name === 'decode')
                return (batch: Parameters<Context['decode']>[0], k: number) => {
                  batch.positions.forEach((position, i) => {
                    if (position % 3 === 1) batch.tokens[i] = 40;
                  });
                  return target.decode(batch, k);
                };
              const member: unknown = Reflect.get(target, name, target);
              return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
            },
          });
        },
      });
      const [extraction] = await cacheChecks(forgetful, plainCache);
      assert.equal(extraction?.passed, false);
    });

    it('reckons perplexity as a fresh context does, token by token', async () => {
      const text = fs.readFileSync(path.join('samples', 'webshop', 'queries.sql'), 'utf8').repeat(4);
      const passages = chunks(model, text, 64, 2);
      const [plain, own] = await measure(model, passages, [{ ...plainCache, keyType: 'q8_0' }]);
      const context = await openContext(model, plainCache, { cells: 64 });
      const expected: number[] = [];
      for (const { tokens } of passages) {
        await context.crop(0, 0, -1);
        for (let i = 0; i < 63; i++) {
          const [one, zero] = [Int32Array.of(i), Int32Array.of(0)];
          await context.decode(
            { tokens: tokens.slice(i, i + 1), positions: one, sequences: zero, logits: Uint8Array.of(1) },
            1,
          );
          const logits = await context.logits(0);
          if (i >= 32) expected.push(logSumExp(logits) - (logits[tokens[i + 1] ?? 0] ?? NaN));
        }
      }
      await context.dispose();
      assert.equal(plain?.nll.length, 62);
      assert.ok(Math.abs(perplexity(plain.nll) / perplexity(expected) - 1) < 0.005);
      assert.ok(plain.kl.every((kl) => kl === 0) && own?.kl.some((kl) => kl > 0));
    });

    it('starts every chunk as llama-perplexity does where the model wants a beginning', () => {
      const begins = changed(model, {
        info: {
          ...model.info,
          addsBeginOfSequence: true,
          special: { ...model.info.special, beginOfSequence: 7 },
        },
      });
      const [first, second] = chunks(begins, 'SELECT a FROM b;\n'.repeat(20), 16, 2);
      assert.deepEqual([first?.tokens[0], second?.tokens[0]], [7, 7]);
      // What comes is the text's own.
      assert.equal(second?.next[14], second?.tokens[15]);
    });
  });

  describe('refuses', () => {
    const damaged = (): string => {
      const file = path.join(temporaryFolder(), 'damaged.gguf');
      fs.writeFileSync(file, fs.readFileSync(starter).subarray(0, 5_000_000));
      return file;
    };
    const recurrent = (): string => {
      const file = path.join(temporaryFolder(), 'mamba.gguf');
      const vocabulary = [...readGguf(starter).metadata].filter(([key]) => key.startsWith('tokenizer.'));
      writeGguf(file, new Map([['general.architecture', value.text('invented')], ...vocabulary]), [
        { name: 'token_embd.weight', shape: [32, 16384] },
      ]);
      return file;
    };
    const short = (): string => {
      const file = path.join(temporaryFolder(), 'short.sql');
      fs.writeFileSync(file, 'SELECT 1;\n');
      return file;
    };
    const refused: readonly [string, () => string[], number, RegExp][] = [
      ['a damaged model', () => ['validate', '--model', damaged()], 1, /damaged\.gguf' is cut off/],
      ['an architecture that nobody knows', () => ['validate', '--model', recurrent()], 1, /architecture/],
      [
        'a model that is not there',
        () => ['validate', '--model', 'nowhere.gguf'],
        2,
        /no file 'nowhere\.gguf'/,
      ],
      ['no model', () => ['ppl'], 2, /--model/],
      ['a command that is none', () => ['toString', '--model', starter], 2, /npm run zoo/],
      ['an option that is none', () => ['ppl', '--colour', 'red'], 2, /--colour/],
      ['text too short', () => ['ppl', '--model', starter, '--text', short()], 2, /2048 are needed/],
      [
        'a type that is none',
        () => ['kl', '--model', starter, '--keys', 'q1_0'],
        2,
        /--keys takes f16, q8_0/,
      ],
      [
        'a chunk beyond the training',
        () => ['ppl', '--model', starter, '--context', '4096'],
        2,
        /trained for 1024/,
      ],
      [
        'a target that is none',
        () => ['tune', '--model', starter, '--target-ppl-delta=-1', '--chunks', '2', '--context', '512'],
        2,
        /share above 0/,
      ],
      [
        'needles beyond the training',
        () => ['needle', '--model', starter, '--context-lengths', '2048'],
        2,
        /trained for 1024/,
      ],
    ];
    for (const [what, args, code, says] of refused)
      it(`${what}, in one sentence`, async () => {
        const { code: got, note } = await zoo(...args());
        assert.match(note, says);
        assert.doesNotMatch(note, /\n {4}at /);
        assert.equal(got, code);
      });
  });

  const quick = [
    '--model',
    starter,
    '--context',
    '320',
    '--chunks',
    '2',
    '--context-lengths',
    '256',
    '--types',
    'q4_0',
  ];

  it('tunes: writes a preset of the smallest cache within the target', async function () {
    this.timeout(300_000);
    const out = path.join(temporaryFolder(), 'starter.json');
    const { code, note } = await zoo('tune', ...quick, '--target-ppl-delta', '1', '--out', out);
    assert.equal(code, 0, note);
    const preset = await readPreset(out);
    assert.deepEqual([preset.keyType, preset.valueType], ['q4_0', 'q4_0']);
    assert.equal(preset.model.bytes, fs.statSync(starter).size);
    assert.equal(preset.compression, 32 / 9);

    // The engine takes it for this file by itself: the same cells in less memory, and a person's setting wins.
    const cachePresets = path.dirname(out);
    const open = { keyType: 'auto', valueType: 'auto' } as const;
    const sizes: number[] = [];
    for (const settings of [
      {},
      { ...open, cachePresets },
      { ...open, keyType: 'f16' as const, cachePresets },
    ]) {
      const host = await loadHost(settings);
      sizes.push(host.statistics().kvBytes);
      const measuredHere = 'keys q4_0, values q4_0, as measured for this model: 3.56 times smaller than f16';
      assert.equal(host.description.cacheTypes?.startsWith(measuredHere), sizes.length === 2);
      const { evaluated } = await host.prefill({
        session: 'a',
        prompt: prompt('SELECT name FROM '),
        signal: never,
      });
      assert.ok(evaluated > 0);
      await host.dispose();
    }
    const [f16 = 0, tuned, ofThePerson] = sizes;
    assert.deepEqual([tuned, ofThePerson], [(f16 * 9) / 32, (f16 * (16 + 4.5)) / 32]);
  });

  it('finds that all principal components together change nothing, and few of them do', async () => {
    const model = await openModel(starter);
    const text = fs.readFileSync(path.join('samples', 'webshop', 'queries.sql'), 'utf8').repeat(20);
    const passages = chunks(model, text, 256, 5);
    await model.dispose();
    const [all, few] = await lowRank(starter, passages, passages.slice(0, 1), [64, 8]);
    assert.ok(Math.abs(all?.text.pplDelta ?? 1) < 0.02);
    assert.ok((few?.text.pplDelta ?? 0) > 0.1 && (few?.kept ?? 1) < 0.9);
  });

  it('finds that a state rounded on disk comes back and differs, and one packed without loss does not', async () => {
    const model = await openModel(starter);
    const rows = await snapshots(model, documents(model, 3, 512, 1), plainCache);
    await model.dispose();
    const row = (coding: string) => rows.find((one) => one.coding.startsWith(coding));
    assert.equal(row('zstd 3')?.klMean, 0);
    assert.equal(row('bytes turned, zstd 3')?.klMean, 0);
    assert.ok((row('keys 3 bits')?.klMean ?? 0) > (row('keys 8 bits')?.klMean ?? 1));
    assert.ok((row('keys 3 bits')?.bytesPerToken ?? 1e9) < (row('zstd 3')?.bytesPerToken ?? 0));
  });

  it('tunes: writes nothing where nothing meets the target', async function () {
    this.timeout(300_000);
    const out = path.join(temporaryFolder(), 'starter.json');
    const { code, out: said } = await zoo('tune', ...quick, '--target-ppl-delta', '0.000001', '--out', out);
    assert.equal(code, 1);
    assert.match(said, /No cache smaller than f16/);
    assert.ok(!fs.existsSync(out));
  });
});
