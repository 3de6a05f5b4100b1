// Greedy continuations of token lists by the product's own addon, for verify.py to compare with.
//
//   node continue.mjs MODEL.gguf < request.json      { texts: [text], prompts: [[token]], count }
//   → { tokens: [[token] per text], runs: [{ first: [logit over the vocabulary], continuation: [token] }] }
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const folder = path.resolve(
  import.meta.dirname,
  '../../native/bin',
  `${process.platform}-${process.arch}`,
);
const addon = createRequire(import.meta.url)(path.join(folder, 'sqlahead.node'));
addon.setErrorClass(Error);
addon.setLog(undefined);
addon.loadProcessorBackend(folder);

const { texts, prompts, count } = JSON.parse(readFileSync(0, 'utf8'));
const model = await addon.loadModel({ path: process.argv[2], gpuLayers: 0 });
const context = await model.createContext({
  cells: 1024,
  maxSequences: 1,
  batchTokens: 1024,
  microBatchTokens: 512,
  threads: 1,
});

async function decode(tokens, at) {
  const logits = new Uint8Array(tokens.length);
  logits[tokens.length - 1] = 1;
  await context.decode(
    {
      tokens: Int32Array.from(tokens),
      positions: Int32Array.from(tokens, (_, i) => at + i),
      sequences: new Int32Array(tokens.length),
      logits,
    },
    1,
  );
  return context.logits(0);
}

const runs = [];
for (const prompt of prompts) {
  await context.crop(0, 0, -1);
  let logits = await decode(prompt, 0);
  const first = Array.from(logits);
  const continuation = [];
  while (continuation.length < count) {
    const token = logits.indexOf(Math.max(...logits));
    if (model.isEndOfGeneration(token)) break;
    continuation.push(token);
    logits = await decode([token], prompt.length + continuation.length - 1);
  }
  runs.push({ first, continuation });
}
process.stdout.write(
  JSON.stringify({ tokens: texts.map((text) => Array.from(model.tokenize(text, false))), runs }),
);
await context.dispose();
await model.dispose();
