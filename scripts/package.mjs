// `npm run package`: makes the VSIX for this platform, which needs no node_modules. Prints its size and parts.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkSearchPaths } from './lib/elf.mjs';
import { ensureBundles, ensureDependencies, ensureNative, nodeBinary } from './lib/install.mjs';
import { vsixPath } from './lib/paths.mjs';
import { must, root, say } from './lib/process.mjs';

const target = `${process.platform}-${process.arch}`;
const vsix = vsixPath(root);

await ensureDependencies();
await ensureNative();
await ensureBundles('--minify', '--metafile');
const driver = copyDuckdb();
writeNotices(driver);
for (const folder of ['native/bin', 'dist']) checkSearchPaths(path.join(root, folder));
await must(nodeBinary(), [
  path.join(root, 'node_modules', '@vscode', 'vsce', 'vsce'),
  'package',
  '--target',
  target,
  '--no-dependencies',
  '--allow-missing-repository',
  '--no-rewrite-relative-links',
  '--out',
  vsix,
]);
say(`${path.basename(vsix)}: ${(statSync(vsix).size / 1e6).toFixed(1)} MB`);

/** Copies DuckDB's driver, a native module that cannot be bundled, beside the bundles if this platform has one. */
function copyDuckdb() {
  const target = path.join('dist', 'node_modules', '@duckdb');
  rmSync(path.join(root, target), { recursive: true, force: true });
  const names = ['node-api', 'node-bindings', `node-bindings-${process.platform}-${process.arch}`];
  const folders = names.map((name) => path.join('node_modules', '@duckdb', name));
  if (!folders.every((folder) => existsSync(path.join(root, folder)))) return [];
  for (const [i, folder] of folders.entries())
    cpSync(path.join(root, folder), path.join(root, target, names[i]), { recursive: true });
  return folders;
}

/**
 * Writes the licences of all packages that are bundled into dist/ (esbuild lists them) or lie beside the bundles.
 *
 * @param beside folders of packages, relative to the root
 */
function writeNotices(beside) {
  const { inputs } = JSON.parse(readFileSync(path.join(root, 'dist', 'meta.json'), 'utf8'));
  const packages = new Set(beside);
  for (const file of Object.keys(inputs)) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file);
    if (match) packages.add(match[1]);
  }
  const notices = [...packages].sort().map((folder) => {
    const absolute = path.join(root, folder);
    const { name, version, license } = JSON.parse(readFileSync(path.join(absolute, 'package.json'), 'utf8'));
    const file = readdirSync(absolute).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const text = file ? readFileSync(path.join(absolute, file), 'utf8').trim() : `Licence: ${license}`;
    return `## ${name} ${version} (${license})\n\n${text}\n`;
  });
  const native = path.join(root, 'native', 'bin', target);
  for (const file of existsSync(native)
    ? readdirSync(native).filter((entry) => entry.startsWith('LICENSE'))
    : []) {
    notices.push(
      `## ${file.replace(/^LICENSE\.?/, '') || file}\n\n${readFileSync(path.join(native, file), 'utf8').trim()}\n`,
    );
  }
  const head =
    '# Third-party notices\n\nParts of other projects that this extension carries, with their licences.\n\n';
  writeFileSync(path.join(root, 'dist', 'THIRD_PARTY_NOTICES.md'), head + notices.join('\n'));
}
