/** Loading models: what the addon tells about a model, and every kind of file that it refuses. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Addon, LoadModelOptions, Model } from '../../native/index';
import { contextOptions, failure, gpuLayers, patience, runtime, starter } from './support/runtime';
import { readGguf, value, vocabularyOf, writeGguf, type Metadata, type Tensor } from './support/gguf';

describe('loading a model', function () {
  this.timeout(patience);
  let addon: Addon;
  let folder: string;

  before(async () => {
    ({ addon } = await runtime());
    folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-native-'));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  const load = (file: string, vocabularyOnly = false): Promise<Model> =>
    addon.loadModel({ path: file, gpuLayers, vocabularyOnly });

  /** A file whose metadata is that of the starter model with some entries replaced; it has no tensors. */
  function withMetadata(name: string, changes: Record<string, Buffer>): string {
    const file = path.join(folder, name);
    writeGguf(file, new Map([...readGguf(starter).metadata, ...Object.entries(changes)]), []);
    return file;
  }

  function tinyModel(architecture: string, numbers: Metadata, tensors: readonly Tensor[]): string {
    const file = path.join(folder, `${architecture}.gguf`);
    const own = new Map([...numbers].map(([key, bytes]) => [`${architecture}.${key}`, bytes]));
    writeGguf(
      file,
      new Map([['general.architecture', value.text(architecture)], ...own, ...vocabularyOf(starter)]),
      tensors,
    );
    return file;
  }

  it('reports what the model is', async () => {
    const model = await load(starter);
    const { info } = model;
    assert.equal(info.path, starter);
    assert.equal(info.architecture, 'qwen2');
    assert.equal(info.name, model.metadata('general.name'));
    assert.match(info.description, /qwen2.*Q8_0/);
    assert.deepEqual([info.layers, info.embeddingLength, info.heads, info.kvHeads], [6, 256, 4, 2]);
    assert.equal(info.vocabularySize, 16384);
    assert.equal(info.trainedContext, Number(model.metadata('qwen2.context_length')));
    assert.ok(info.sizeBytes > 9e6 && info.sizeBytes < statSync(starter).size);
    assert.ok(info.parameters > 8e6);
    assert.equal(info.addsBeginOfSequence, false);
    assert.equal(info.chatTemplate, undefined);
    const { special } = info;
    assert.equal(special.fimPrefix, Number(model.metadata('tokenizer.ggml.fim_pre_token_id')));
    assert.equal(special.fimSuffix, Number(model.metadata('tokenizer.ggml.fim_suf_token_id')));
    assert.equal(special.fimMiddle, Number(model.metadata('tokenizer.ggml.fim_mid_token_id')));
    assert.equal(special.endOfSequence, Number(model.metadata('tokenizer.ggml.eos_token_id')));
    assert.equal(special.beginOfSequence, -1, 'the vocabulary names none');
    assert.ok(model.isEndOfGeneration(special.endOfSequence));
    assert.equal(model.isEndOfGeneration(0), false);
    assert.equal(model.metadata('no.such.key'), undefined);
    await model.dispose();
  });

  it('reports progress from 0 to 1, rising', async () => {
    const fractions: number[] = [];
    const onProgress = (fraction: number): void => void fractions.push(fraction);
    const model = await addon.loadModel({ path: starter, gpuLayers, onProgress });
    await model.dispose();
    assert.equal(fractions.at(-1), 1);
    assert.ok(fractions.length > 2);
    assert.deepEqual(
      fractions,
      [...new Set(fractions)].sort((a, b) => a - b),
    );
  });

  it('loads without a memory map, too', async () => {
    const model = await addon.loadModel({ path: starter, gpuLayers, memoryMap: false });
    assert.equal(model.info.layers, 6);
    await model.dispose();
  });

  it('loads a vocabulary alone, which tokenizes and refuses contexts', async () => {
    const model = await load(withMetadata('vocabulary.gguf', {}), true);
    assert.equal(model.info.vocabularySize, 16384);
    assert.deepEqual(Buffer.from(model.detokenize(model.tokenize('SELECT 1', false))).toString(), 'SELECT 1');
    await assert.rejects(model.createContext(contextOptions), failure('ERR_ARGUMENT', /vocabularyOnly/));
    await model.dispose();
  });

  it('refuses a file that is not there, and a folder', async () => {
    await assert.rejects(
      load(path.join(folder, 'missing.gguf')),
      failure('ERR_MODEL_NOT_FOUND', /missing\.gguf/),
    );
    await assert.rejects(load(folder), failure('ERR_MODEL_NOT_FOUND'));
    await assert.rejects(load(''), failure('ERR_MODEL_NOT_FOUND'));
  });

  it('refuses files that are no GGUF', async () => {
    const file = path.join(folder, 'other.gguf');
    for (const [content, sentence] of [
      ['', /is empty/],
      ['GG', /no GGUF/],
      ['SELECT * FROM models;\n', /no GGUF/],
      ['GGUF', /header/],
      ['GGUF\u0003\u0000\u0000\u0000', /header/],
      [`GGUF${'\u00ff'.repeat(64)}`, /header/],
    ] as const) {
      writeFileSync(file, content, 'latin1');
      await assert.rejects(load(file), failure('ERR_MODEL_INVALID', sentence));
    }
  });

  it('refuses a file of a version it does not know', async () => {
    const file = path.join(folder, 'version.gguf');
    const bytes = readFileSync(starter).subarray(0, 1 << 20);
    bytes.writeUInt32LE(77, 4);
    writeFileSync(file, bytes);
    await assert.rejects(load(file), failure('ERR_MODEL_INVALID', /header/));
  });

  it('refuses a model cut off anywhere', async () => {
    const whole = readFileSync(starter);
    const file = path.join(folder, 'cut.gguf');
    const data = whole.length - 9_495_552; // about where the tensors begin
    for (const length of [
      5,
      24,
      25,
      100,
      1000,
      100_000,
      data,
      data + 1000,
      whole.length >> 1,
      whole.length - 4096,
    ]) {
      writeFileSync(file, whole.subarray(0, length));
      await assert.rejects(load(file), failure('ERR_MODEL_INVALID', /cut\.gguf/), `${length} bytes`);
    }
  });

  it('refuses a model that lacks weights its metadata promises', async () => {
    const file = tinyModel('qwen2', shape(), [{ name: 'token_embd.weight', shape: [32, 16384] }]);
    await assert.rejects(load(file), failure('ERR_MODEL_INVALID', /could not be loaded.*output_norm/));
  });

  it('refuses architectures that llama.cpp does not know', async () => {
    const metadata = new Map([
      ...readGguf(starter).metadata,
      ['general.architecture', value.text('tomorrow')],
    ]);
    const file = path.join(folder, 'tomorrow.gguf');
    writeGguf(file, metadata, [{ name: 'token_embd.weight', shape: [32, 16384] }]);
    await assert.rejects(load(file), failure('ERR_MODEL_UNSUPPORTED', /tomorrow\.gguf.*architecture/));
  });

  it('refuses files that are no causal text model', async () => {
    for (const [name, changes, sentence] of [
      ['projector', { 'general.architecture': value.text('clip') }, /projector/],
      ['mmproj', { 'general.type': value.text('mmproj') }, /projector/],
      ['lora', { 'general.type': value.text('adapter') }, /'adapter'/],
      ['embedding', { 'qwen2.pooling_type': value.uint32(3) }, /embedding/],
      ['bidirectional', { 'qwen2.attention.causal': value.bool(false) }, /embedding/],
      ['speechless', { 'tokenizer.ggml.model': value.text('none') }, /no vocabulary/],
      ['weightless', {}, /vocabulary only/],
    ] as const) {
      const file = withMetadata(`${name}.gguf`, changes);
      await assert.rejects(load(file), failure('ERR_MODEL_UNSUPPORTED', sentence), name);
      await assert.rejects(load(file), failure('ERR_MODEL_UNSUPPORTED', new RegExp(`${name}\\.gguf`)));
    }
  });

  it('refuses sliding-window attention', async () => {
    const numbers = shape();
    numbers.set('attention.sliding_window', value.uint32(64));
    numbers.set('attention.layer_norm_epsilon', value.float32(1e-5));
    numbers.set('logit_scale', value.float32(1));
    const file = tinyModel('cohere2', numbers, [
      { name: 'token_embd.weight', shape: [32, 16384] },
      { name: 'output_norm.weight', shape: [32] },
      ...['attn_norm'].map((part) => ({ name: `blk.0.${part}.weight`, shape: [32] })),
      ...['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_down', 'ffn_up'].map((part) => ({
        name: `blk.0.${part}.weight`,
        shape: [32, 32],
      })),
    ]);
    await assert.rejects(load(file), failure('ERR_MODEL_UNSUPPORTED', /cohere2\.gguf.*sliding-window/));
  });

  it('refuses recurrent models', async () => {
    const numbers = shape();
    numbers.set('ssm.conv_kernel', value.uint32(4));
    numbers.set('ssm.inner_size', value.uint32(64));
    numbers.set('ssm.state_size', value.uint32(8));
    numbers.set('ssm.time_step_rank', value.uint32(2));
    const blocks: Record<string, readonly number[]> = {
      'attn_norm.weight': [32],
      'ssm_in.weight': [32, 128],
      'ssm_conv1d.weight': [4, 64],
      'ssm_conv1d.bias': [64],
      'ssm_x.weight': [64, 18],
      'ssm_dt.weight': [2, 64],
      'ssm_dt.bias': [64],
      ssm_a: [8, 64],
      ssm_d: [64],
      'ssm_out.weight': [64, 32],
    };
    const file = tinyModel('mamba', numbers, [
      { name: 'token_embd.weight', shape: [32, 16384] },
      { name: 'output_norm.weight', shape: [32] },
      ...Object.entries(blocks).map(([name, size]) => ({ name: `blk.0.${name}`, shape: size })),
    ]);
    await assert.rejects(load(file), failure('ERR_MODEL_UNSUPPORTED', /mamba\.gguf.*recurrent/));
  });

  /** A whole model in three files, as llama.cpp's gguf-split writes them; the paths of its parts. */
  function splitModel(name: string): string[] {
    const blocks = [
      ...['attn_norm', 'ffn_norm'].map((part) => ({ name: `blk.0.${part}.weight`, shape: [32] })),
      ...['attn_q', 'attn_k', 'attn_v'].map((part) => ({ name: `blk.0.${part}.bias`, shape: [32] })),
      ...['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_down', 'ffn_up'].map((part) => ({
        name: `blk.0.${part}.weight`,
        shape: [32, 32],
      })),
    ];
    const parts = [
      [{ name: 'token_embd.weight', shape: [32, 16384] }],
      blocks,
      [{ name: 'output_norm.weight', shape: [32] }],
    ];
    const own = new Map([...shape()].map(([key, bytes]) => [`qwen2.${key}`, bytes]));
    return parts.map((tensors, i) => {
      const file = path.join(folder, `${name}-0000${(i + 1).toString()}-of-00003.gguf`);
      const split = new Map([
        ['split.no', value.uint16(i)],
        ['split.count', value.uint16(3)],
        ['split.tensors.count', value.int32(parts.flat().length)],
      ]);
      const whole = [
        ['general.architecture', value.text('qwen2')] as const,
        ...own,
        ...vocabularyOf(starter),
      ];
      writeGguf(file, i === 0 ? new Map([...whole, ...split]) : split, tensors);
      return file;
    });
  }

  it('loads a model in several files by its first', async () => {
    const [first = ''] = splitModel('model');
    const model = await load(first);
    assert.deepEqual([model.info.layers, model.info.vocabularySize], [1, 16384]);
    const context = await model.createContext(contextOptions);
    await context.dispose();
    await model.dispose();
  });

  it('says which file of several is missing, cut off, or not the first', async () => {
    const [first = '', second = '', third = ''] = splitModel('parts');
    await assert.rejects(load(second), failure('ERR_MODEL_INVALID', /give the first.*-00001-of-/));
    const whole = readFileSync(second);
    writeFileSync(second, whole.subarray(0, whole.length - 4096));
    await assert.rejects(load(first), failure('ERR_MODEL_INVALID', /parts-00002-of-00003\.gguf' is cut off/));
    writeFileSync(second, whole);
    rmSync(third);
    const missing = /'parts-00003-of-00003\.gguf', part 3 of 3 of the model, is missing/;
    await assert.rejects(load(first), failure('ERR_MODEL_NOT_FOUND', missing));
  });

  it('reads a path of any characters', async () => {
    const odd = path.join(folder, 'häuser und  数据', 'модель.gguf');
    mkdirSync(path.dirname(odd));
    copyFileSync(starter, odd);
    chmodSync(odd, 0o400);
    const model = await load(odd);
    assert.equal(model.info.path, odd);
    await model.dispose();
  });

  it('refuses arguments of the wrong type', async () => {
    const loadAny = (options: unknown): Promise<Model> => addon.loadModel(options as LoadModelOptions);
    for (const options of [
      undefined,
      {},
      { path: 7, gpuLayers: 0 },
      { path: starter },
      { path: starter, gpuLayers: 0.5 },
      { path: starter, gpuLayers: 0, onProgress: 1 },
      { path: starter, gpuLayers: 0, memoryMap: 'yes' },
      { path: starter, gpuLayers: -1, device: 'Vulkan99' },
    ]) {
      await assert.rejects(loadAny(options), failure('ERR_ARGUMENT'), JSON.stringify(options));
    }
    assert.throws(() => {
      addon.setLog('loud' as unknown as () => void);
    }, failure('ERR_ARGUMENT'));
  });

  it("passes on llama.cpp's log", async () => {
    const lines: { level: string; text: string }[] = [];
    addon.setLog((level, text) => void lines.push({ level, text }));
    const model = await load(starter);
    await model.dispose();
    addon.setLog(undefined);
    assert.ok(lines.some(({ text }) => text.includes('general.architecture')));
    assert.ok(
      lines.every(({ level, text }) => /^(debug|info|warn|error)$/.test(level) && !text.includes('\n')),
    );
  });
});

/** Numbers of a model with one block of width 32. */
function shape(): Metadata {
  return new Map([
    ['context_length', value.uint32(128)],
    ['embedding_length', value.uint32(32)],
    ['block_count', value.uint32(1)],
    ['feed_forward_length', value.uint32(32)],
    ['attention.head_count', value.uint32(1)],
    ['attention.head_count_kv', value.uint32(1)],
    ['attention.layer_norm_rms_epsilon', value.float32(1e-6)],
  ]);
}
