/**
 * Runs test/e2e/suite inside the extension host of a real VS Code server with the packaged extension. The workbench's
 * address starts it; VS Code's smoke-test driver returns the exit code.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { format } from 'node:util';
import { root, startEnvironment } from './environment';

/** The whole suite, from opening the page; a hang ends here. */
const limitMs = 1_200_000;

interface Result {
  readonly stats: { readonly passes: number; readonly failures: number; readonly pending: number };
  readonly tests: readonly {
    readonly fullTitle: string;
    readonly err: { readonly message?: string; readonly stack?: string };
  }[];
}

async function main(): Promise<number> {
  const resultFile = path.join(root, 'out', 'e2e-host-result.json');
  fs.rmSync(resultFile, { force: true });
  const environment = await startEnvironment({}, { SQL_AHEAD_E2E_RESULT: resultFile });
  let code = 1;
  try {
    const page = await environment.newPage();
    const lines: string[] = [];
    const done = new Promise<number>((resolve) => {
      setTimeout(() => {
        lines.push('The suite did not end in time.');
        resolve(1);
      }, limitMs).unref();
      void page.exposeFunction('codeAutomationExit', (exit: number) => resolve(exit));
      void page.exposeFunction(
        'codeAutomationLog',
        (_type: string, args: unknown[]) => void lines.push(format(...args)),
      );
    });
    const remote = (file: string): string => `vscode-remote://${environment.server.host}${file}`;
    const payload = JSON.stringify([
      ['extensionDevelopmentPath', remote(path.join(root, 'test', 'e2e', 'testhost'))],
      ['extensionTestsPath', remote(path.join(root, 'out', 'test', 'e2e', 'suite', 'index.js'))],
    ]);
    await page.goto(
      `${environment.server.url}/?folder=${environment.workspace}&payload=${encodeURIComponent(payload)}`,
    );
    code = await done;
    if (code !== 0 && !fs.existsSync(resultFile)) process.stdout.write(`${lines.slice(-30).join('\n')}\n`);
  } finally {
    await environment.stop(code !== 0);
    if (code !== 0) process.stdout.write(`Logs are kept in ${environment.scratch}.\n`);
  }
  return report(resultFile) && code === 0 ? 0 : 1;
}

/** Prints the results and writes the counts; true when there are some and all passed. */
function report(resultFile: string): boolean {
  if (!fs.existsSync(resultFile)) return false;
  const { stats, tests } = JSON.parse(fs.readFileSync(resultFile, 'utf8')) as Result;
  for (const { fullTitle, err } of tests) {
    process.stdout.write(`  ${err.message === undefined ? '✔' : '✘'} ${fullTitle}\n`);
    if (err.message !== undefined) process.stdout.write(`${err.stack ?? err.message}\n`);
  }
  const counts = { passed: stats.passes, failed: stats.failures + stats.pending };
  const countsFile = process.env['SQL_AHEAD_COUNTS'];
  if (countsFile) fs.writeFileSync(countsFile, JSON.stringify(counts));
  return counts.passed > 0 && counts.failed === 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
