/**
 * The real vocabulary of Qwen2.5, completed from that of Qwen2: the tokens are the same up to the special ones, which
 * stand at the numbers that the family's tokenizer_config.json gives them.
 */
import path from 'node:path';
import { llamaRelease } from '../../../scripts/lib/llama-release.mjs';
import { rawText, uint32, uint64, value, vocabularyOf, type Metadata } from './gguf';

/** Fetched by scripts/lib/qwen-vocabulary.mjs. */
export const qwen2Vocabulary = path.join(
  '.tools',
  `llama.cpp-${llamaRelease}`,
  'models',
  'ggml-vocab-qwen2.gguf',
);

/** Numbers of the tokens behind the byte pairs, as published. */
export const qwenTokens = {
  '<|endoftext|>': 151643,
  '<|im_start|>': 151644,
  '<|im_end|>': 151645,
  '<|object_ref_start|>': 151646,
  '<|object_ref_end|>': 151647,
  '<|box_start|>': 151648,
  '<|box_end|>': 151649,
  '<|quad_start|>': 151650,
  '<|quad_end|>': 151651,
  '<|vision_start|>': 151652,
  '<|vision_end|>': 151653,
  '<|vision_pad|>': 151654,
  '<|image_pad|>': 151655,
  '<|video_pad|>': 151656,
  '<tool_call>': 151657,
  '</tool_call>': 151658,
  '<|fim_prefix|>': 151659,
  '<|fim_middle|>': 151660,
  '<|fim_suffix|>': 151661,
  '<|fim_pad|>': 151662,
  '<|repo_name|>': 151663,
  '<|file_sep|>': 151664,
} as const;

const firstAdded = 151646;
const types = { text: 8, control: 3, userDefined: 4 };

/**
 * @param end the token that ends an answer: base and instruct models name different ones
 * @param chatTemplate the files of base models carry their siblings'
 */
export function qwenVocabulary(end: keyof typeof qwenTokens, chatTemplate: string): Metadata {
  const vocabulary = vocabularyOf(qwen2Vocabulary);
  const added = Object.entries(qwenTokens).filter(([, token]) => token >= firstAdded);
  const tokens = vocabulary.get('tokenizer.ggml.tokens');
  const kinds = vocabulary.get('tokenizer.ggml.token_type');
  if (!tokens || !kinds) throw new Error('The vocabulary has no tokens.');
  const count = uint64(firstAdded + added.length);
  const texts = Buffer.concat([
    tokens.subarray(0, 8),
    count,
    tokens.subarray(16, startOf(tokens, firstAdded)),
    ...added.map(([text]) => rawText(text)),
  ]);
  const numbers = Buffer.concat([
    kinds.subarray(0, 8),
    count,
    kinds.subarray(16, 16 + 4 * firstAdded),
    ...added.map(([text]) => uint32(text.startsWith('<|') ? types.control : types.userDefined)),
  ]);
  return new Map([
    ...vocabulary,
    ['tokenizer.ggml.tokens', texts],
    ['tokenizer.ggml.token_type', numbers],
    ['tokenizer.ggml.eos_token_id', value.uint32(qwenTokens[end])],
    ['tokenizer.ggml.add_bos_token', value.bool(false)],
    ['tokenizer.chat_template', value.text(chatTemplate)],
  ]);
}

/** Where entry `index` of an array of texts begins; its end where there are no more. */
function startOf(array: Buffer, index: number): number {
  const there = Number(array.readBigUInt64LE(8));
  let at = 16;
  for (let i = 0; i < Math.min(index, there); i++) at += 8 + Number(array.readBigUInt64LE(at));
  return at;
}
