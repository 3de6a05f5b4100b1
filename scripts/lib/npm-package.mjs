// Downloads one npm package by name, version and hash, without its dependencies.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Downloads a package through npm, checks its hash, and unpacks it into `folder`, which is emptied first.
 * @param spec name, version and integrity (as `npm view <name>@<version> dist.integrity` prints it)
 */
export function fetchPackage({ name, version, integrity }, folder) {
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-'));
  try {
    execFileSync(
      'npm',
      ['pack', `${name}@${version}`, '--ignore-scripts', '--silent', '--pack-destination', temporary],
      // On Windows npm is a script, which only a shell can start.
      { shell: process.platform === 'win32', stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const tarball = readdirSync(temporary).find((file) => file.endsWith('.tgz'));
    const found = `sha512-${createHash('sha512')
      .update(readFileSync(path.join(temporary, tarball)))
      .digest('base64')}`;
    if (found !== integrity)
      throw new Error(`${name}@${version} has the hash ${found}, not the pinned ${integrity}.`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components', '1'], { cwd: temporary });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
