// Where things are that several scripts and tests need. Takes the root as an argument: tests bundle this file.
import { existsSync } from 'node:fs';
import path from 'node:path';

/** The package of this platform, as `npm run package` makes it. */
export const vsixPath = (root) => path.join(root, `sql-ahead-${process.platform}-${process.arch}.vsix`);

/** The browser that drives the workbench; undefined where there is none. */
export function chromiumBinary() {
  return [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((file) => file && existsSync(file));
}
