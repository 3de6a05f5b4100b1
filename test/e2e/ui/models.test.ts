/**
 * Pick a Model by keyboard in the real workbench, with a list of the test's own and a server that breaks, lies and
 * stalls. The model is the starter under another name, so that the status bar tells which of the two serves.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { workbenchAddress } from '../../../scripts/lib/vscode-server.mjs';
import { FileServer, sha256 } from '../../unit/models/fileServer';
import { root, startEnvironment, type Environment } from '../environment';

const screenshots = path.join(root, 'out', 'screenshots');
const starter = path.join(root, 'models', 'starter', 'sql-ahead-starter-q8_0.gguf');
/** As long as the starter's own name, so that nothing behind it in the file moves. */
const modelName = 'Downloaded by key';
/** A slow machine with other work: what is waited for comes, the question is only when. */
const patience = { timeout: 120_000 };
const megabyte = 1_000_000;

/** The starter model, called otherwise. */
function renamedStarter(): Buffer {
  const content = fs.readFileSync(starter);
  const at = content.indexOf('SQL Ahead starter');
  assert.ok(at > 0);
  content.write(modelName, at);
  return content;
}

describe('Pick a Model', function () {
  this.timeout(300_000);
  let environment: Environment;
  let server: FileServer;
  let page: Page;
  let failed = false;
  const pages: Page[] = [];
  const content = renamedStarter();

  before(async () => {
    fs.mkdirSync(screenshots, { recursive: true });
    server = await FileServer.start(content);
    const preset = (name: string, changes: object = {}): object => ({
      ...{ name, kind: 'base', repository: 'maker/models', revision: 'main' },
      file: `${name.toLowerCase().replaceAll(' ', '-')}.gguf`,
      ...{ bytes: content.length, sha256: sha256(content), licence: 'Apache-2.0' },
      ...changes,
    });
    const list = path.join(root, 'out', 'e2e-presets.json');
    const presets = {
      host: server.url,
      licences: { 'Apache-2.0': { open: true, text: 'Free for any use.', url: 'https://www.apache.org' } },
      models: [
        preset('Breaking Model'),
        preset('Stalling Model'),
        preset('Wrong Model', { sha256: '0'.repeat(64) }),
        preset('Shared Model'),
        preset('Cramped Model'),
        preset('Endless Model', { bytes: 10 ** 15 }),
      ],
    };
    fs.writeFileSync(list, JSON.stringify(presets));
    environment = await startEnvironment({}, { SQL_AHEAD_MODEL_PRESETS: list });
  });
  after(async () => {
    await environment.stop(failed);
    await server.stop();
  });
  beforeEach(async () => {
    server.requests.length = 0;
    page = await open('typed.sql');
  });
  afterEach(async function () {
    server.answer = undefined;
    server.before = undefined;
    server.gate = undefined;
    server.breaks = [];
    if (this.currentTest?.state === 'failed') {
      failed = true;
      for (const [i, one] of pages.entries()) await shot(`failed-${i.toString()}`, one);
    }
    for (const one of pages.splice(0)) await one.close();
  });

  /** A window of its own with this file, empty, once a model serves it. */
  async function open(name: string): Promise<Page> {
    const file = path.join(environment.workspace, name);
    fs.writeFileSync(file, '');
    const opened = await environment.browser.newPage({ viewport: { width: 1200, height: 700 } });
    pages.push(opened);
    opened.setDefaultTimeout(patience.timeout);
    await opened.goto(workbenchAddress(environment.server, environment.workspace, file));
    await ready(opened);
    return opened;
  }
  async function ready(window: Page): Promise<void> {
    await window.locator('.editor-instance .view-lines').first().waitFor();
    await status(/tokens/, window);
    await window.locator('.editor-instance .view-lines').first().click();
  }
  async function status(text: RegExp, window = page): Promise<void> {
    await window.locator('.statusbar-item[id*="sqlAhead"]', { hasText: text }).first().waitFor();
  }
  async function pick(name: string, window = page): Promise<void> {
    await window.keyboard.press('F1');
    await window.locator('.quick-input-widget input').first().waitFor();
    await window.keyboard.type('SQL Ahead: Pick a Model');
    const row = window.locator('.quick-input-list .monaco-list-row');
    await row.filter({ hasText: 'SQL Ahead: Pick a Model' }).first().waitFor();
    await window.keyboard.press('Enter');
    await window.locator('.quick-input-title', { hasText: 'Pick a Model' }).waitFor();
    await row.filter({ hasText: 'The starter model' }).first().waitFor();
    await window.keyboard.type(name);
    await window.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: name }).waitFor();
    await shot(`list-${name.split(' ')[0] ?? ''}`, window);
    await window.keyboard.press('Enter');
    await openCentre(window);
  }
  /** The notification that says this, in the centre behind the bell: what leaves the corner stays there. */
  const notification = (text: RegExp, window = page): Locator =>
    window.locator('.notifications-center .notification-list-item').filter({ hasText: text }).first();
  async function openCentre(window = page): Promise<void> {
    const centre = window.locator('.notifications-center.visible');
    if (await centre.isVisible()) return;
    await window.locator('.statusbar-item[id="status.notifications"]').click();
    await centre.waitFor();
  }
  async function shot(name: string, window = page): Promise<void> {
    await window.screenshot({ path: path.join(screenshots, `models-${name}.png`) });
  }

  /** Paths below the folder of downloaded models that begin with this name. */
  const stored = (name: string): string[] =>
    fs.globSync(path.join(environment.scratch, 'data', '**', 'models', `${name}*`)).sort();
  const onlyFile = (name: string): Buffer => {
    const [file, ...others] = stored(name);
    assert.ok(file?.endsWith('.gguf') === true, `${name}: ${String(file)}`);
    assert.deepEqual(others, []);
    return fs.readFileSync(file);
  };
  const ranges = (): (string | undefined)[] => server.requests.map(({ headers }) => headers.range);
  /** Answers with so much of the file and then nothing, until the connection is closed. */
  const stall = (bytes: number): void => {
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-length': content.length, etag: server.etag });
      response.write(content.subarray(0, bytes));
      return true;
    };
  };

  it('goes on over two breaks, and serves without a reload or a lost key', async () => {
    server.breaks = [3 * megabyte, 3 * megabyte];
    let goOn = (): void => undefined;
    // The second request waits for the picture.
    server.before = () => {
      server.gate ??= new Promise((resolve) => (goOn = resolve));
    };
    await pick('Breaking Model');
    await notification(/Downloading Breaking Model.*trying again/).waitFor();
    await shot('progress');
    goOn();
    // Typed on until the new model serves: what is typed during the change over is there.
    await page.locator('.editor-instance .view-lines').first().click();
    const serves = status(new RegExp(modelName)).then(() => true);
    let typed = '';
    for (let i = 0, done = false; !done; i++) {
      const text = `SELECT name FROM products WHERE price > ${i.toString()};`;
      await page.keyboard.type(text, { delay: 15 });
      await page.keyboard.press('Escape'); // no list of completions takes the Enter
      await page.keyboard.press('Enter');
      typed += `${text}\n`;
      done = await Promise.race([serves, Promise.resolve(false)]);
    }
    await shot('serves');
    assert.deepEqual(ranges(), [undefined, 'bytes=3000000-', 'bytes=6000000-']);
    assert.ok(onlyFile('breaking-model').equals(content));
    await page.keyboard.press('Control+s');
    await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
    assert.equal(fs.readFileSync(path.join(environment.workspace, 'typed.sql'), 'utf8'), typed);
  });

  it('goes on where it was cancelled, behind a reload', async () => {
    stall(4 * megabyte);
    await pick('Stalling Model');
    const download = notification(/Downloading Stalling Model/);
    const part = (): number =>
      fs.statSync(stored('stalling-model.gguf.part')[0] ?? '', { throwIfNoEntry: false })?.size ?? 0;
    while (part() < 4 * megabyte) await page.waitForTimeout(50);
    await download.hover();
    await download.locator('.monaco-button', { hasText: 'Cancel' }).click();
    await download.waitFor({ state: 'detached' });
    server.answer = undefined;
    await page.reload();
    await ready(page);
    server.requests.length = 0;
    await pick('Stalling Model');
    while (stored('stalling-model.gguf').length !== 1 || stored('stalling-model.gguf.part').length > 0)
      await page.waitForTimeout(50);
    assert.ok(onlyFile('stalling-model').equals(content));
    assert.deepEqual(ranges(), ['bytes=4000000-']);
  });

  it('refuses a file with another hash, says so, and keeps nothing of it', async () => {
    await pick('Wrong Model');
    await notification(/its SHA-256 differs/).waitFor();
    await shot('wrong');
    assert.deepEqual(stored('wrong-model'), []);
  });

  it('is downloaded once for two windows that want it at once', async () => {
    const other = await open('other.sql');
    stall(2 * megabyte);
    await pick('Shared Model');
    await notification(/Downloading Shared Model/).waitFor();
    await pick('Shared Model', other);
    await notification(/Downloading Shared Model.*in another window/, other).waitFor();
    await shot('other-window', other);
    server.answer = undefined;
    assert.equal(server.requests.length, 1);
    // The connection breaks, and the window that has the download goes on.
    server.closeConnections();
    for (const window of [page, other])
      await notification(/Downloading Shared Model/, window).waitFor({ state: 'detached' });
    assert.ok(onlyFile('shared-model').equals(content));
    assert.equal(server.requests.length, 2);
  });

  it('says that a disk has no room, and leaves nothing half written', async () => {
    await pick('Endless Model');
    await notification(/needs .* on the disk/).waitFor();
    await shot('no-room');
    assert.equal(server.requests.length, 0);
    assert.deepEqual(stored('endless-model'), []);

    // A disk that fills up on the way: a small one in memory in place of the folder.
    const [folder = ''] = fs.globSync(path.join(environment.scratch, 'data', '**', 'models'));
    const small = mountSmallDisk(folder, 300);
    try {
      server.before = () => {
        const { bavail, bsize } = fs.statfsSync(folder);
        const ballast = bavail * bsize - 3 * megabyte;
        fs.writeFileSync(path.join(folder, 'ballast'), Buffer.alloc(ballast));
      };
      await pick('Cramped Model');
      await notification(/is full: free some space/).waitFor();
      await shot('full');
      assert.deepEqual(stored('cramped-model'), []);
    } finally {
      small.remove();
    }
  });
});

/** Puts a disk of so many megabytes over a folder; needs the right to mount, as tests in a container have it. */
function mountSmallDisk(folder: string, megabytes: number): { remove(): void } {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes.toString()}m`, 'tmpfs', folder]);
  return { remove: () => void execFileSync('umount', ['-l', folder]) };
}
