/**
 * The dimensions of Qwen2.5 models (the Coder models have the same), and the type of each tensor in llama.cpp's own
 * quantization recipes. Data only.
 */

export interface Shape {
  readonly layers: number;
  readonly embedding: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly vocabulary: number;
}

export const shapes: Readonly<Record<string, Shape>> = {
  'qwen2.5-0.5b': {
    layers: 24,
    embedding: 896,
    feedForward: 4864,
    heads: 14,
    kvHeads: 2,
    vocabulary: 151936,
  },
  'qwen2.5-1.5b': {
    layers: 28,
    embedding: 1536,
    feedForward: 8960,
    heads: 12,
    kvHeads: 2,
    vocabulary: 151936,
  },
  'qwen2.5-3b': {
    layers: 36,
    embedding: 2048,
    feedForward: 11008,
    heads: 16,
    kvHeads: 2,
    vocabulary: 151936,
  },
  'qwen2.5-7b': {
    layers: 28,
    embedding: 3584,
    feedForward: 18944,
    heads: 28,
    kvHeads: 4,
    vocabulary: 152064,
  },
};

export type WeightType = 'f32' | 'q4_0' | 'q5_0' | 'q8_0' | 'q4_k' | 'q6_k';
export type Recipe = 'q4_0' | 'q4_k_m' | 'q8_0';
export const recipes: readonly Recipe[] = ['q4_0', 'q4_k_m', 'q8_0'];

export interface TensorPlan {
  readonly name: string;
  /** Columns first, as GGUF has it. */
  readonly shape: readonly number[];
  readonly type: WeightType;
}

/** Types with blocks of 256 need rows of a multiple; else the next better type with blocks of 32 is taken. */
const fallback: Partial<Record<WeightType, WeightType>> = { q4_k: 'q5_0', q6_k: 'q8_0' };

export function tensors(shape: Shape, recipe: Recipe): TensorPlan[] {
  const { embedding, feedForward, layers, vocabulary } = shape;
  const kv = (embedding / shape.heads) * shape.kvHeads;
  const plan: TensorPlan[] = [];
  const add = (name: string, columns: number, rows: number, type: WeightType): void => {
    const fits = columns % 256 === 0 ? type : (fallback[type] ?? type);
    plan.push({ name: `${name}.weight`, shape: [columns, rows], type: fits });
  };
  const vector = (name: string, length: number): void => {
    plan.push({ name, shape: [length], type: 'f32' });
  };
  const normal: WeightType = recipe === 'q4_k_m' ? 'q4_k' : recipe;
  const best: WeightType = recipe === 'q8_0' ? 'q8_0' : 'q6_k';
  // Small models of the family have one matrix for both. Here it is two, of which the first is only looked up in, so that
  // a token costs the same (pairs.ts says what for).
  add('token_embd', embedding, vocabulary, best);
  vector('output_norm.weight', embedding);
  add('output', embedding, vocabulary, best);
  for (let i = 0; i < layers; i++) {
    const at = `blk.${i.toString()}.`;
    // Q4_K_M keeps values and the way down better in the first and last eighth of the layers and every third between.
    const eighth = Math.floor(layers / 8);
    const more = i < eighth || i >= Math.floor((7 * layers) / 8) || (i - eighth) % 3 === 2;
    const kept = recipe === 'q4_k_m' && more ? 'q6_k' : normal;
    vector(`${at}attn_norm.weight`, embedding);
    vector(`${at}ffn_norm.weight`, embedding);
    for (const [name, rows, type] of [
      ['attn_q', embedding, normal],
      ['attn_k', kv, normal],
      ['attn_v', kv, kept],
    ] as const) {
      add(at + name, embedding, rows, type);
      vector(`${at}${name}.bias`, rows);
    }
    add(`${at}attn_output`, embedding, embedding, normal);
    add(`${at}ffn_gate`, embedding, feedForward, normal);
    add(`${at}ffn_up`, embedding, feedForward, normal);
    add(`${at}ffn_down`, feedForward, embedding, kept);
  }
  return plan;
}
