/**
 * Makes a folder of traps: libraries with every name that the product might load, each of which tells when it is
 * loaded.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { readElf } from '../../scripts/lib/elf.mjs';

const root = process.cwd();
export const runtimeFolder = path.join(root, 'native', 'bin', `${process.platform}-${process.arch}`);
const driver = path.join(
  root,
  'node_modules',
  '@duckdb',
  `node-bindings-${process.platform}-${process.arch}`,
);
/** What a GPU's driver or a compiler's runtime is called. */
const others = ['libvulkan.so.1', 'libvulkan_lvp.so', 'libcuda.so.1', 'libcudart.so.12', 'libgomp.so.1'];

const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
__attribute__((constructor)) static void sprung(void) {
  Dl_info self;
  FILE *mark = fopen(MARK, "a");
  if (mark == NULL) return;
  if (dladdr((void *)sprung, &self)) fprintf(mark, "%s\\n", self.dli_fname);
  fclose(mark);
}
int trapped;
`;

/** Every native library that is shipped from this tree. */
export function shippedLibraries(): string[] {
  return [runtimeFolder, driver]
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) =>
      fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)),
    )
    .filter((file) => /\.(so|node)(\.|$)/.test(file));
}

export interface Trap {
  /** One of the libraries. */
  readonly library: string;
  /** Paths of the libraries that were loaded so far. */
  sprung(): string[];
}

/** Fills a folder with traps. @param mark file that they write to, outside the folder */
export function layTraps(folder: string, mark: string): Trap {
  const shipped = shippedLibraries();
  const library = path.join(folder, 'libtrap.so');
  execFileSync('cc', ['-shared', '-fPIC', `-DMARK="${mark}"`, '-x', 'c', '-o', library, '-', '-ldl'], {
    input: source,
  });
  const names = new Set([
    ...others,
    ...shipped.map((file) => path.basename(file)),
    ...shipped.flatMap((file) => readElf(file)?.needed ?? []),
  ]);
  for (const place of [folder, path.join(folder, 'gpu')]) {
    fs.mkdirSync(place, { recursive: true });
    for (const name of names) fs.copyFileSync(library, path.join(place, name));
  }
  return {
    library,
    sprung: () => (fs.existsSync(mark) ? fs.readFileSync(mark, 'utf8').trim().split('\n') : []),
  };
}

/** Folder that a process works in. */
export const folderOf = (pid: number): string => fs.readlinkSync(`/proc/${pid.toString()}/cwd`);
