// Paths that several scripts and tests need. The root is an argument, because tests bundle this file.
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Path of this platform's package, which `npm run package` makes. */
export const vsixPath = (root) => path.join(root, `sql-ahead-${process.platform}-${process.arch}.vsix`);

/** The browser that drives the workbench in UI tests; undefined when there is none. */
export function chromiumBinary() {
  return [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((file) => file && existsSync(file));
}
