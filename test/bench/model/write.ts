/** Writes a model of random weights as a stream of bytes, so that even one of 7 B needs little memory. */
import { alignment, header, rawText, uint32, uint64, value, type Metadata } from '../../native/support/gguf';
import { formats, quantized, RandomWeights } from './blocks';
import type { KnownRows } from './pairs';
import { tensors, type Recipe, type Shape, type TensorPlan } from './shapes';

/** GGUF's general.file_type of a recipe. */
const fileType: Record<Recipe, number> = { q4_0: 2, q8_0: 7, q4_k_m: 15 };
/** Weights made and written at once. */
const pieceWeights = 1 << 22;

export function writeModel(
  name: string,
  shape: Shape,
  recipe: Recipe,
  vocabulary: Metadata,
  known: KnownRows,
  write: (bytes: Buffer) => void,
): void {
  const plan = tensors(shape, recipe);
  let offset = 0;
  const directory = plan.map((tensor) => {
    const entry = [
      rawText(tensor.name),
      uint32(tensor.shape.length),
      ...tensor.shape.map(uint64),
      uint32(tensor.type === 'f32' ? 0 : formats[tensor.type].id),
      uint64(offset),
    ];
    offset += padded(bytesOf(tensor));
    return Buffer.concat(entry);
  });
  const head = Buffer.concat([header(metadata(name, shape, recipe, vocabulary), plan.length), ...directory]);
  write(Buffer.concat([head, Buffer.alloc(padded(head.length) - head.length)]));
  const random = new RandomWeights(1);
  for (const tensor of plan) {
    for (const piece of pieces(tensor, random, known)) write(piece);
    write(Buffer.alloc(padded(bytesOf(tensor)) - bytesOf(tensor)));
  }
}

/** The layers add little to what a token is, so that pairs.ts decides what comes next; no matrix costs less for it. */
const gain = (tensor: string): number =>
  /attn_output|ffn_down/.test(tensor) ? 0.01 : tensor.startsWith('output') ? 0.5 : 1;

const padded = (size: number): number => Math.ceil(size / alignment) * alignment;

function bytesOf({ shape, type }: TensorPlan): number {
  const weights = shape.reduce((product, size) => product * size, 1);
  return type === 'f32' ? 4 * weights : (weights / formats[type].weights) * formats[type].bytes;
}

function* pieces(
  { name, shape, type }: TensorPlan,
  random: RandomWeights,
  known: KnownRows,
): Iterable<Buffer> {
  const [columns = 1, rows = 1] = shape;
  if (type === 'f32') {
    // Norms keep, biases add nothing.
    yield Buffer.from(new Float32Array(columns).fill(name.endsWith('norm.weight') ? 1 : 0).buffer);
    return;
  }
  const rowsAtOnce = Math.max(1, Math.floor(pieceWeights / columns));
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - from);
    const piece = random.blocks(type, columns, count, gain(name));
    for (const [row, weights] of known.get(name) ?? []) {
      if (row < from || row >= from + count) continue;
      if (type !== 'q8_0' && type !== 'q6_k') throw new Error(`${name} cannot be written as ${type}.`);
      quantized(type, weights).copy(piece, (row - from) * (piece.length / count));
    }
    yield piece;
  }
}

function metadata(name: string, shape: Shape, recipe: Recipe, vocabulary: Metadata): Metadata {
  return new Map([
    ['general.architecture', value.text('qwen2')],
    ['general.name', value.text(name)],
    ['general.file_type', value.uint32(fileType[recipe])],
    ['qwen2.block_count', value.uint32(shape.layers)],
    ['qwen2.context_length', value.uint32(32768)],
    ['qwen2.embedding_length', value.uint32(shape.embedding)],
    ['qwen2.feed_forward_length', value.uint32(shape.feedForward)],
    ['qwen2.attention.head_count', value.uint32(shape.heads)],
    ['qwen2.attention.head_count_kv', value.uint32(shape.kvHeads)],
    ['qwen2.attention.layer_norm_rms_epsilon', value.float32(1e-6)],
    ['qwen2.rope.freq_base', value.float32(1e6)],
    ...withTokens(vocabulary, shape.vocabulary),
  ]);
}

/** The vocabulary with unused tokens behind it, until it is as long as the model's matrix. */
function withTokens(vocabulary: Metadata, size: number): Metadata {
  const padding = (key: string, entry: (i: number) => Buffer): [string, Buffer] => {
    const array = vocabulary.get(key);
    if (!array) throw new Error(`The vocabulary has no ${key}.`);
    const there = Number(array.readBigUInt64LE(8));
    if (there > size)
      throw new Error(`The vocabulary has ${there.toString()} tokens, more than ${size.toString()}.`);
    const more = Array.from({ length: size - there }, (_, i) => entry(there + i));
    return [key, Buffer.concat([array.subarray(0, 8), uint64(size), array.subarray(16), ...more])];
  };
  const unused = 5;
  return new Map([
    ...vocabulary,
    padding('tokenizer.ggml.tokens', (i) => rawText(`[PAD${i.toString()}]`)),
    padding('tokenizer.ggml.token_type', () => uint32(unused)),
  ]);
}
