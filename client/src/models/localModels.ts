/**
 * Finds models that Ollama, LM Studio, llama.cpp and Hugging Face keep on this disk. They are used where they are,
 * never copied or changed. The search goes to a fixed depth, looks at a limited number of files, and takes only files
 * that begin like a GGUF.
 */
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { readGgufFile } from './gguf';

export interface LocalModel {
  readonly file: string;
  readonly name: string;
  /** The program that put it there. */
  readonly source: string;
  readonly bytes: number;
}

/** The folders to look in. Tests give their own. */
export interface Places {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

const mostFiles = 200;
const mostEntries = 5000;
const longestManifest = 64 * 1024;
/** Architectures that cannot write SQL (pictures, sound, embeddings), or whose cache cannot be cropped. */
const unsuited =
  /^(?:clip|mmproj|whisper|bert|nomic-bert.*|jina-bert.*|neo-bert|t5.*|mamba.*|rwkv.*|arwkv.*|jamba|falcon-h1|granitehybrid|lfm2.*|nemotron_h.*|plamo2|qwen3next|qwen35.*)$/;

/** All models found, each once, ordered by place and name. Never fails: what cannot be read is left out. */
export async function findLocalModels(
  places: Places = { home: os.homedir(), env: process.env, platform: process.platform },
): Promise<readonly LocalModel[]> {
  const { home, env, platform } = places;
  const set = (name: string): string | undefined => {
    const value = env[name] ?? '';
    return path.isAbsolute(value) ? value : undefined;
  };
  const cache = set('XDG_CACHE_HOME') ?? path.join(home, '.cache');
  const llamaCache =
    platform === 'darwin'
      ? path.join(home, 'Library', 'Caches', 'llama.cpp')
      : platform === 'win32'
        ? path.join(set('LOCALAPPDATA') ?? path.join(home, 'AppData', 'Local'), 'llama.cpp')
        : path.join(cache, 'llama.cpp');
  const hub = set('HF_HUB_CACHE') ?? path.join(set('HF_HOME') ?? path.join(cache, 'huggingface'), 'hub');
  const walks: readonly (readonly [source: string, folder: string, depth: number])[] = [
    ['LM Studio', path.join(home, '.lmstudio', 'models'), 3],
    ['LM Studio', path.join(home, '.cache', 'lm-studio', 'models'), 3],
    ['llama.cpp', set('LLAMA_CACHE') ?? llamaCache, 2],
    // models--OWNER--NAME/snapshots/REVISION/FILE
    ['Hugging Face', hub, 5],
  ];
  const found = [await ollama(set('OLLAMA_MODELS') ?? path.join(home, '.ollama', 'models'))];
  for (const [source, folder, depth] of walks) found.push(await ggufFiles(source, folder, depth));
  const models: LocalModel[] = [];
  const seen = new Set<string>();
  for (const candidate of found.flat().slice(0, mostFiles)) {
    const model = await read(candidate);
    if (!model || seen.has(model.real)) continue;
    seen.add(model.real);
    models.push(model.local);
  }
  return models;
}

interface Candidate {
  readonly file: string;
  readonly name: string;
  readonly source: string;
}

async function read({ file, name, source }: Candidate): Promise<{ local: LocalModel; real: string } | undefined> {
  try {
    const real = await fs.realpath(file);
    const stat = await fs.stat(real);
    if (!stat.isFile()) return undefined;
    const header = await readGgufFile(real);
    // llama.cpp loads the other parts with the first.
    if (!header || header.part.index !== 0 || unsuited.test(header.architecture)) return undefined;
    return { local: { file, name, source, bytes: stat.size }, real };
  } catch {
    return undefined;
  }
}

/**
 * Reads Ollama's manifests, manifests/REGISTRY/OWNER/NAME/TAG. A manifest lists layers; the layer of the type "model"
 * is the GGUF file.
 */
async function ollama(folder: string): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  const manifests = path.join(folder, 'manifests');
  for (const manifest of await filesBelow(manifests, 5)) {
    const digest = await modelDigest(manifest);
    if (digest === undefined) continue;
    const parts = path.relative(manifests, manifest).split(path.sep);
    const [name = '', tag = ''] = parts.slice(-2);
    candidates.push({
      file: path.join(folder, 'blobs', `sha256-${digest}`),
      name: `${name}:${tag}`,
      source: 'Ollama',
    });
  }
  return candidates;
}

async function modelDigest(manifest: string): Promise<string | undefined> {
  try {
    if ((await fs.stat(manifest)).size > longestManifest) return undefined;
    const { layers } = JSON.parse(await fs.readFile(manifest, 'utf8')) as {
      layers?: readonly { mediaType?: unknown; digest?: unknown }[];
    };
    const layer = layers?.find(({ mediaType }) => mediaType === 'application/vnd.ollama.image.model');
    // Hexadecimal only, because it becomes part of a path.
    return /^sha256:([0-9a-f]{64})$/.exec(String(layer?.digest))?.[1];
  } catch {
    return undefined;
  }
}

async function ggufFiles(source: string, folder: string, depth: number): Promise<Candidate[]> {
  const files = await filesBelow(folder, depth);
  return files
    .filter((file) => file.toLowerCase().endsWith('.gguf'))
    .map((file) => ({ file, name: path.basename(file), source }));
}

/** Files, and links to files, below a folder. Does not follow links to folders, which could lead in a circle. */
async function filesBelow(folder: string, depth: number): Promise<string[]> {
  const files: string[] = [];
  let entries = 0;
  const walk = async (at: string, left: number): Promise<void> => {
    let listed;
    try {
      listed = await fs.readdir(at, { withFileTypes: true });
    } catch {
      return;
    }
    for (const entry of listed.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (++entries > mostEntries) return;
      const full = path.join(at, entry.name);
      if (entry.isDirectory()) {
        if (left > 1) await walk(full, left - 1);
      } else if (entry.isFile() || entry.isSymbolicLink()) files.push(full);
    }
  };
  await walk(folder, depth);
  return files;
}
