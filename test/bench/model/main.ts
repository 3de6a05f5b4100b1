/**
 * `npm run bench:model`: writes a GGUF with the exact dimensions and the real tokenizer of a Qwen2.5 model, but random
 * weights. All it knows is which token follows which in a sample text. A model's speed does not depend on its weights,
 * so this one measures speed where the real model cannot be downloaded.
 */
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadRuntime } from '../../../native/index';
import { vocabularyOf } from '../../native/support/gguf';
import { qwen2Vocabulary } from '../../native/support/qwen';
import { pairRows } from './pairs';
import { writeModel } from './write';
import { recipes, shapes, type Recipe } from './shapes';

const usage = `npm run bench:model -- --shape ${Object.keys(shapes).join('|')} --type ${recipes.join('|')} --out PATH [--vocabulary GGUF]`;
const { values } = parseArgs({
  options: {
    shape: { type: 'string' },
    type: { type: 'string' },
    out: { type: 'string' },
    vocabulary: { type: 'string' },
  },
});

async function main(): Promise<void> {
  const shape = shapes[values.shape ?? ''];
  const recipe = values.type as Recipe;
  const { out } = values;
  if (!shape || !recipes.includes(recipe) || out === undefined) throw new Error(usage);
  const vocabulary = values.vocabulary ?? qwen2Vocabulary;
  if (!existsSync(vocabulary))
    throw new Error(`${vocabulary} is missing; run: npm run bench:peers -- --only source`);
  const text = readFileSync(path.join('samples', 'webshop', 'queries.sql'), 'utf8');
  const known = pairRows(await tokenize(vocabulary, text), shape.embedding);
  // Whoever finds the file finds a whole one.
  const unfinished = `${out}.unfinished`;
  const file = openSync(unfinished, 'w');
  const name = `${values.shape ?? ''} random ${recipe}`;
  writeModel(name, shape, recipe, vocabularyOf(vocabulary), known, (bytes) => void writeSync(file, bytes));
  closeSync(file);
  renameSync(unfinished, out);
}

async function tokenize(vocabulary: string, text: string): Promise<Int32Array> {
  const { addon } = await loadRuntime({
    directory: path.join('native', 'bin', `${process.platform}-${process.arch}`),
    backend: 'cpu',
    probePath: path.join('dist', 'probe.js'),
  });
  const model = await addon.loadModel({ path: vocabulary, gpuLayers: 0, vocabularyOnly: true });
  try {
    return model.tokenize(text, false);
  } finally {
    await model.dispose();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
