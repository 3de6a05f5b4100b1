/** Which types the KV cache gets: the person's, else those measured for exactly this file, else f16. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { chooseCacheTypes, fileHash, type CachePreset } from '../../../server/src/engine/host/cacheTypes';
import type { HostOptions } from '../../../server/src/engine/wire/messages';

describe('chooseCacheTypes', () => {
  let folder: string;
  let modelPath: string;
  let preset: CachePreset;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-presets-'));
    modelPath = path.join(folder, 'small.gguf');
    fs.writeFileSync(modelPath, 'the weights');
    preset = {
      model: { file: 'small.gguf', bytes: 11, sha256: await fileHash(modelPath) },
      ...{ keyType: 'q8_0', valueType: 'q4_0', rotation: false, compression: 2.46, pplDelta: 0.004 },
    };
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** What is chosen with these presets, and what is said. */
  async function chosen(
    presets: Readonly<Record<string, unknown>>,
    { keyType = 'auto', valueType = 'auto' }: Partial<Pick<HostOptions, 'keyType' | 'valueType'>> = {},
  ) {
    const presetFolder = fs.mkdtempSync(path.join(folder, 'caches-'));
    for (const [name, content] of Object.entries(presets))
      fs.writeFileSync(
        path.join(presetFolder, name),
        typeof content === 'string' ? content : JSON.stringify(content),
      );
    const said: string[] = [];
    const types = await chooseCacheTypes({ modelPath, keyType, valueType }, presetFolder, (text) =>
      said.push(text),
    );
    return { types: [types.keyType, types.valueType, types.rotation], said };
  }

  it('takes what was measured for this file, whatever its preset is called', async () => {
    for (const name of ['small.json', 'anything.json'])
      assert.deepEqual(await chosen({ [name]: preset }), { types: ['q8_0', 'q4_0', false], said: [] });
  });

  it('lets the person win, for keys and values apart', async () => {
    assert.deepEqual((await chosen({ 'small.json': preset }, { keyType: 'f16' })).types, [
      'f16',
      'q4_0',
      false,
    ]);
    assert.deepEqual((await chosen({ 'small.json': preset }, { valueType: 'q5_1' })).types, [
      'q8_0',
      'q5_1',
      false,
    ]);
    const both = { keyType: 'f16', valueType: 'f16' } as const;
    assert.deepEqual((await chosen({ 'small.json': preset }, both)).types, ['f16', 'f16', true]);
  });

  it('keeps f16 where nothing was measured', async () => {
    assert.deepEqual(await chosen({}), { types: ['f16', 'f16', true], said: [] });
    const none = await chooseCacheTypes(
      { modelPath, keyType: 'auto', valueType: 'auto' },
      undefined,
      (text) => assert.fail(text),
    );
    assert.deepEqual([none.keyType, none.valueType], ['f16', 'f16']);
  });

  for (const [what, model] of [
    ['another file of the same size', { file: 'small.gguf', bytes: 11, sha256: '0'.repeat(64) }],
    ['another file of another size', { file: 'small.gguf', bytes: 12, sha256: '0'.repeat(64) }],
  ] as const)
    it(`ignores a preset of this name for ${what}, and says so once`, async () => {
      const { types, said } = await chosen({ 'small.json': { ...preset, model } });
      assert.deepEqual(types, ['f16', 'f16', true]);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', /small\.json.*another file.*zoo -- tune/);
    });

  it('says nothing of presets for other models', async () => {
    const other = { ...preset, model: { file: 'large.gguf', bytes: 11, sha256: '1'.repeat(64) } };
    assert.deepEqual((await chosen({ 'large.json': other })).said, []);
  });

  const damaged: readonly [string, unknown][] = [
    ['cut off', '{"model": {'],
    ['nothing', 'null'],
    ['a list', '[]'],
    ['a type that there is not', { model: { file: 'a', bytes: 1, sha256: '' }, keyType: 'q2_0' }],
    ['a type named as a part of every object', { keyType: 'constructor', valueType: 'toString' }],
  ];
  for (const [what, content] of damaged)
    it(`says which preset cannot be read: ${what}`, async () => {
      const { types, said } = await chosen({ 'broken.json': content, 'small.json': preset });
      assert.deepEqual(types, ['q8_0', 'q4_0', false]);
      assert.match(said.join('\n'), /^The cache preset broken\.json cannot be read .*$/);
    });
});
