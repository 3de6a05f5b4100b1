/** The list of models: presets, models of other programs, what fits this machine, and the texts during a download. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { partialNames } from '../../../client/src/models/download';
import { tryLock } from '../../../client/src/models/downloadLock';
import { readGguf } from '../../../client/src/models/gguf';
import { findLocalModels } from '../../../client/src/models/localModels';
import { localChoice, presetChoice } from '../../../client/src/models/modelChoices';
import { removeModel, storedModels } from '../../../client/src/models/modelFolder';
import { presetUrl, readPresets, type Preset } from '../../../client/src/models/presets';
import { ProgressText } from '../../../client/src/models/progressText';
import { temporaryFolders } from '../support/folders';

type Value = string | number | readonly string[];

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const typed = (value: Value): Buffer => {
  if (typeof value === 'string') return Buffer.concat([u32(8), text(value)]);
  if (typeof value === 'number') return Buffer.concat([u32(4), u32(value)]);
  return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map(text)]);
};
const gguf = (entries: Readonly<Record<string, Value>>): Buffer => {
  const pairs = Object.entries(entries).map(([key, value]) => Buffer.concat([text(key), typed(value)]));
  return Buffer.concat([Buffer.from('GGUF'), u32(3), u64(0), u64(pairs.length), ...pairs]);
};
const qwen = gguf({ 'general.architecture': 'qwen2', 'general.name': 'Qwen' });

describe('readGguf', () => {
  it('reads what kind of model it is, past what it does not need', () => {
    const header = readGguf(
      gguf({
        'general.tags': ['code', 'sql'],
        'general.file_type': 7,
        'general.architecture': 'qwen2',
        'general.name': 'Qwen2.5 Coder',
        'split.count': 3,
        'split.no': 1,
      }),
    );
    assert.deepEqual(header, {
      architecture: 'qwen2',
      name: 'Qwen2.5 Coder',
      part: { index: 1, count: 3 },
    });
  });

  it('takes a beginning that ends anywhere, and nothing without an architecture', () => {
    const long = gguf({ 'general.architecture': 'llama', tokens: Array.from({ length: 5000 }, () => 'x'.repeat(90)) });
    assert.equal(readGguf(long.subarray(0, 2000))?.architecture, 'llama');
    assert.equal(readGguf(gguf({ 'general.name': 'none' })), undefined);
    assert.equal(readGguf(gguf({ 'general.architecture': '../x' })), undefined);
    assert.equal(readGguf(Buffer.from('SQLite format 3')), undefined);
  });

  it('never throws, whatever stands there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat({ max: qwen.length }), (bytes, at) => {
        readGguf(Buffer.concat([qwen.subarray(0, at), bytes]));
        readGguf(Buffer.from(bytes));
      }),
    );
  });
});

describe('findLocalModels', () => {
  const newFolder = temporaryFolders();
  const put = (file: string, content: Buffer | string): string => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const find = (home: string, env: NodeJS.ProcessEnv = {}) =>
    findLocalModels({ home, env, platform: 'linux' });
  const manifest = (digest: string): string =>
    JSON.stringify({
      layers: [
        { mediaType: 'application/vnd.ollama.image.license', digest: `sha256:${'0'.repeat(64)}` },
        { mediaType: 'application/vnd.ollama.image.model', digest },
      ],
    });

  it("finds Ollama's by manifest, and those of others by name, each once", async () => {
    const home = newFolder();
    const digest = 'a'.repeat(64);
    const at = (...parts: string[]): string => path.join(home, ...parts);
    put(
      at('.ollama/models/manifests/registry.ollama.ai/library/qwen2.5-coder/1.5b'),
      manifest(`sha256:${digest}`),
    );
    const blob = put(at(`.ollama/models/blobs/sha256-${digest}`), qwen);
    const studio = put(at('.lmstudio/models/maker/repo/model.gguf'), qwen);
    const llama = put(at('.cache/llama.cpp/some.gguf'), qwen);
    const real = put(at('.cache/huggingface/hub/models--a--b/blobs/123'), qwen);
    const snapshot = at('.cache/huggingface/hub/models--a--b/snapshots/rev/m.gguf');
    mkdirSync(path.dirname(snapshot), { recursive: true });
    symlinkSync(real, snapshot);
    symlinkSync(real, at('.cache/llama.cpp/twice.gguf'));
    const found = await find(home);
    assert.deepEqual(
      found.map(({ source, name, file }) => [source, name, file]),
      [
        ['Ollama', 'qwen2.5-coder:1.5b', blob],
        ['LM Studio', 'model.gguf', studio],
        ['llama.cpp', 'some.gguf', llama],
        ['llama.cpp', 'twice.gguf', at('.cache/llama.cpp/twice.gguf')],
      ],
    );
  });

  it('leaves out what is no GGUF, cannot serve, is a later part, or leads out of its folder', async () => {
    const home = newFolder();
    const cache = (name: string): string => path.join(home, '.cache/llama.cpp', name);
    put(cache('text.gguf'), 'GGUF');
    put(cache('eyes.gguf'), gguf({ 'general.architecture': 'clip' }));
    put(cache('hybrid.gguf'), gguf({ 'general.architecture': 'qwen3next' }));
    put(cache('part2.gguf'), gguf({ 'general.architecture': 'qwen2', 'split.count': 2, 'split.no': 1 }));
    symlinkSync(home, cache('folder.gguf'));
    symlinkSync('/nowhere', cache('broken.gguf'));
    for (const [name, content] of [
      ['up', manifest('sha256:../../../etc/passwd')],
      ['list', '[]'],
      ['null', 'null'],
      ['none', '{'],
    ] as const)
      put(path.join(home, '.ollama/models/manifests/r/l/evil', name), content);
    assert.deepEqual(await find(home), []);
  });

  it('follows the variables of the programs, where they are absolute', async () => {
    const home = newFolder();
    const other = newFolder();
    put(path.join(other, 'a.gguf'), qwen);
    assert.equal((await find(home, { LLAMA_CACHE: other })).length, 1);
    assert.equal((await find(home, { HF_HUB_CACHE: other })).length, 1);
    assert.equal((await find(home, { LLAMA_CACHE: path.relative(process.cwd(), other) })).length, 0);
  });
});

describe('presets', () => {
  const { models, licences } = readPresets();
  const [first] = models as [Preset];

  it('ships a list that can be read, each file once', () => {
    assert.equal(new Set(models.map(({ file }) => file)).size, models.length);
    assert.ok(models.some(({ kind }) => kind === 'base') && models.some(({ kind }) => kind === 'instruct'));
    for (const { licence } of models) assert.ok(licences[licence]);
  });

  it('refuses a list with names that lead elsewhere, and what is no list', () => {
    const host = 'https://models.example';
    const refused: readonly unknown[] = [
      null,
      [],
      {},
      ...[{ file: '../x.gguf' }, { repository: 'a/../b/c' }, { sha256: 'no' }, { bytes: -1 }, { licence: 'x' }].map(
        (fault) => ({ host, licences, models: [{ ...first, ...fault }] }),
      ),
    ];
    for (const value of refused)
      assert.throws(() => readPresets(value), { code: 'ERR_MODEL_PRESETS' }, JSON.stringify(value));
  });

  it('makes addresses, with a mirror and without', () => {
    const preset = { ...first, repository: 'owner/repo', revision: 'main', file: 'm.gguf' };
    const presets = { host: 'https://models.example', licences, models: [preset] };
    assert.equal(presetUrl(presets, preset, ''), 'https://models.example/owner/repo/resolve/main/m.gguf');
    assert.equal(
      presetUrl(presets, preset, ' https://mirror.example/hub/ '),
      'https://mirror.example/hub/owner/repo/resolve/main/m.gguf',
    );
  });
});

describe('choices of models', () => {
  const preset: Preset = {
    ...(readPresets().models[0] as Preset),
    name: 'Model $(zap) [x](command:y)',
    bytes: 1_600_000_000,
    kind: 'base',
    licence: 'Apache-2.0',
  };
  const room = { memory: 8e9, free: 1e11 };

  it('say what a model costs and what it is good for', () => {
    const { label, description, detail } = presetChoice(preset, 0, room);
    assert.equal(label, '$(cloud-download) Model $ (zap) [x] (command:y)');
    assert.equal(description, '1.6 GB · takes about 2.3 GB of memory · Apache-2.0');
    assert.equal(detail, 'Best for ghost text: continues and fills in SQL.');
    assert.match(presetChoice(preset, 4e8, room).description, /400 MB of it are there/);
    assert.match(presetChoice(preset, preset.bytes, room).label, /^\$\(check\)/);
  });

  it('say why a model does not fit', () => {
    const { label, detail } = presetChoice(preset, 0, { memory: 2e9, free: 1e9 });
    assert.match(label, /^\$\(warning\)/);
    assert.match(detail, /2\.3 GB of memory, and this machine has 2\.0 GB.*1\.9 GB of disk, and 1\.0 GB are free/);
    assert.doesNotMatch(presetChoice(preset, preset.bytes, { memory: 8e9, free: 0 }).detail, /fit/);
    const local = { file: '/m/$(x).gguf', name: '$(x).gguf', source: 'Ollama', bytes: 8e9 };
    assert.match(localChoice(local, room).detail, /^Does not fit.*\/m\/\$ \(x\)\.gguf$/);
  });
});

describe('stored models', () => {
  const newFolder = temporaryFolders();

  it('are listed whole and in part, and removed with all that belongs to them', async () => {
    const folder = newFolder();
    const at = (name: string): string => path.join(folder, name);
    for (const name of ['a.gguf', 'a.gguf.part', 'b.gguf.part', 'b.gguf.part.json', 'other.txt'])
      writeFileSync(at(name), name);
    assert.deepEqual(await storedModels(folder), [
      { file: at('a.gguf'), bytes: 6, isWhole: true },
      { file: at('b.gguf'), bytes: 11, isWhole: false },
    ]);
    await removeModel(at('b.gguf'));
    await removeModel(at('a.gguf'));
    assert.deepEqual(readdirSync(folder), ['other.txt']);
    assert.deepEqual(await storedModels(path.join(folder, 'missing')), []);
  });

  it('are not removed while they are downloaded', async () => {
    const file = path.join(newFolder(), 'a.gguf');
    const lock = await tryLock(partialNames(file).lock);
    await assert.rejects(removeModel(file), { code: 'ERR_MODEL_FOLDER' });
    await lock?.release();
    await removeModel(file);
  });
});

describe('ProgressText', () => {
  it('says how much, how fast, and how long still', () => {
    const shown = new ProgressText();
    const total = 1_600_000_000;
    const at = (received: number, seconds: number, state: 'receiving' | 'retrying' | 'checking' = 'receiving') =>
      shown.next({ state, received, total }, seconds * 1000);
    assert.equal(at(4e8, 0, 'checking'), '400 MB of 1.6 GB were on the disk already, checking them');
    assert.equal(at(4e8, 1), '400 MB of 1.6 GB');
    assert.equal(at(4.1e8, 3), '410 MB of 1.6 GB, 5.0 MB/s, 4 min left');
    assert.equal(at(4.1e8, 4, 'retrying'), '410 MB of 1.6 GB, the connection broke, trying again');
    assert.equal(at(1.5e9, 5), '1.5 GB of 1.6 GB');
    assert.equal(at(1.55e9, 7), '1.6 GB of 1.6 GB, 25.0 MB/s, 2 s left');
  });
});
