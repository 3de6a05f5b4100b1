/** What is tried when a model does not fit: fewer layers on the GPU, then the CPU, then a smaller cache. */
import assert from 'node:assert/strict';
import {
  bytesPerToken,
  cacheSize,
  loadModel,
  type LoadOptions,
} from '../../../server/src/engine/host/loadModel';
import {
  NativeError,
  type Addon,
  type ContextOptions,
  type LoadModelOptions,
  type Model,
  type ModelInfo,
  type NativeErrorCode,
} from '../../../native/types';
import { ScriptedContext } from './scriptedContext';

const info = {
  architecture: 'qwen2',
  layers: 24,
  kvHeads: 2,
  heads: 14,
  embeddingLength: 896,
  trainedContext: 32768,
  parameters: 5e8,
} as ModelInfo;
const options: LoadOptions = {
  extensionVersion: '1',
  modelPath: 'm.gguf',
  backend: 'auto',
  gpuLayers: -1,
  threads: 1,
  contextTokens: 4096,
  keyType: 'f16',
  valueType: 'f16',
  rotation: true,
  cacheMemory: 0,
};

interface Machine {
  /** Layers the device has room for. */
  readonly layersFit?: number;
  /** Cells there is room for, on the device and in main memory. */
  readonly cellsFit?: number;
  readonly deviceError?: NativeErrorCode;
}

/** An addon on a machine with so much memory; remembers what it was asked for. */
function machine({ layersFit = 99, cellsFit = Infinity, deviceError = 'ERR_OUT_OF_MEMORY' }: Machine): {
  addon: Addon;
  loads: number[];
  contexts: ContextOptions[];
  disposed: number;
} {
  const made = { loads: [] as number[], contexts: [] as ContextOptions[], disposed: 0 };
  const loadModel = ({ gpuLayers, vocabularyOnly }: LoadModelOptions): Promise<Model> => {
    const layers = gpuLayers < 0 ? 24 : gpuLayers;
    if (!vocabularyOnly) made.loads.push(gpuLayers);
    if (layers > layersFit)
      return Promise.reject(new NativeError(deviceError, 'No room on the device; sorry.'));
    return Promise.resolve({
      info: vocabularyOnly ? { ...info, layers: 0 } : info,
      metadata: (key: string) => (key === 'qwen2.block_count' ? '24' : undefined),
      createContext: (context: ContextOptions) => {
        made.contexts.push(context);
        return context.cells > cellsFit
          ? Promise.reject(new NativeError('ERR_OUT_OF_MEMORY', 'No room for the cache.'))
          : Promise.resolve(new ScriptedContext());
      },
      dispose: () => {
        made.disposed++;
        return Promise.resolve();
      },
    } as unknown as Model);
  };
  return Object.assign(made, { addon: { loadModel } as unknown as Addon });
}

const load = (addon: Addon, backend: 'cpu' | 'vulkan', changes: Partial<LoadOptions> = {}) =>
  loadModel(
    { addon, backend, reason: 'Because.', rejected: [] },
    { ...options, ...changes },
    () => undefined,
  );

describe('loadModel', () => {
  it('puts all layers on the device where they fit, and says nothing', async () => {
    const { addon, loads } = machine({});
    const { backend, notice } = await load(addon, 'vulkan');
    assert.deepEqual([loads, backend, notice], [[-1], 'vulkan', undefined]);
  });

  it('puts fewer layers there where they do not, and says how many', async () => {
    const { addon, loads } = machine({ layersFit: 13 });
    const { backend, notice } = await load(addon, 'vulkan');
    assert.deepEqual([loads, backend], [[-1, 18, 12], 'vulkan']);
    assert.match(notice ?? '', /12 of the model's 24 layers .*No room on the device/);
  });

  for (const deviceError of ['ERR_OUT_OF_MEMORY', 'ERR_DEVICE'] as const) {
    it(`ends on the CPU where the device takes nothing (${deviceError})`, async () => {
      const { addon, loads } = machine({ layersFit: 0, deviceError });
      const { backend, notice } = await load(addon, 'vulkan');
      assert.deepEqual([loads, backend], [[-1, 18, 12, 6, 0], 'cpu']);
      assert.match(notice ?? '', /runs on the CPU.*No room on the device/);
    });
  }

  it('does not try a broken file again', async () => {
    const { addon, loads } = machine({ layersFit: 0, deviceError: 'ERR_MODEL_INVALID' });
    await assert.rejects(load(addon, 'vulkan'), { code: 'ERR_MODEL_INVALID' });
    assert.deepEqual(loads, [-1]);
  });

  it('gives the cache less room, then the prompt, and frees what did not work', async () => {
    const room = machine({ cellsFit: 5000 });
    assert.equal((await load(room.addon, 'cpu')).contextTokens, 4096);
    assert.deepEqual(
      room.contexts.map(({ cells }) => cells),
      [16384, 8192, 4096],
    );
    const little = machine({ cellsFit: 600 });
    assert.equal((await load(little.addon, 'cpu')).contextTokens, 512);
    const none = machine({ cellsFit: 0 });
    await assert.rejects(load(none.addon, 'cpu'), { code: 'ERR_OUT_OF_MEMORY' });
    assert.equal(none.disposed, 1);
  });

  it('passes the types of keys and values on, with flash attention where values need it', async () => {
    const { addon, contexts } = machine({});
    await load(addon, 'cpu', { keyType: 'q8_0', valueType: 'q5_1' });
    assert.deepEqual(
      [contexts[0]?.keyType, contexts[0]?.valueType, contexts[0]?.flashAttention],
      ['q8_0', 'q5_1', 'on'],
    );
  });
});

describe('cacheSize', () => {
  it('knows the bytes of a token: layers x kv_heads x head_dim x (key + value)', () => {
    assert.equal(bytesPerToken(info, { keyType: 'f16', valueType: 'f16' }), 12_288);
    assert.equal(bytesPerToken(info, { keyType: 'q8_0', valueType: 'q8_0' }), 6_528);
  });
  const size = (cacheMemory: number): { contextTokens: number; cells: number } =>
    cacheSize(info, { ...options, cacheMemory });
  it('keeps to the memory it was given', () => {
    assert.deepEqual(size(0), { contextTokens: 4096, cells: 16384 });
    assert.deepEqual(size(96), { contextTokens: 4096, cells: 8192 });
    assert.deepEqual(size(24), { contextTokens: 2048, cells: 2048 });
    assert.deepEqual(size(1), { contextTokens: 512, cells: 512 });
  });
});
