/**
 * The product as its user sees it: a real workbench in Chromium, used by keyboard, with the packaged extension and the
 * sample workspace. Screenshots go to out/screenshots; UPDATE_DOCS=1 also puts them into docs/.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { workbenchAddress } from '../../../scripts/lib/vscode-server.mjs';
import { root, startEnvironment, type Environment } from '../environment';

const sampleName =
  /\b(customers|orders|products|order_items|categories|suppliers|payments|reviews|id|first_name|last_name|name|email|total|price|quantity|status|city|country)\b/;
const screenshots = path.join(root, 'out', 'screenshots');

describe('workbench', () => {
  let environment: Environment;
  let page: Page;
  let editor: Locator;
  let failed = false;

  before(async () => {
    fs.mkdirSync(screenshots, { recursive: true });
    environment = await startEnvironment({
      // Ghost text is what is looked at: no list over it, and none withheld because this model is not sure.
      'editor.suggestOnTriggerCharacters': false,
      'sqlAhead.inlineCompletion.minimumConfidence': 0,
    });
  });
  after(async () => {
    await environment.stop(failed);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      failed = true;
      await page.screenshot({
        path: path.join(screenshots, `failed-${this.currentTest.title.replace(/\W+/g, '-')}.png`),
      });
    }
    await page.close();
  });

  /** Opens a file with this content; the cursor is at its end. */
  async function open(name: string, content: string): Promise<string> {
    const file = path.join(environment.workspace, name);
    fs.writeFileSync(file, content);
    page = await environment.newPage();
    await page.goto(workbenchAddress(environment.server, environment.workspace, file));
    editor = page.locator('.editor-instance .monaco-editor').first();
    await editor.waitFor();
    await status(/tokens/);
    await editor.locator('.view-lines').click();
    await page.keyboard.press('Control+End');
    return file;
  }
  /** Waits until the extension's status bar item says so. */
  async function status(text: RegExp): Promise<void> {
    await page.locator('.statusbar-item', { hasText: text }).first().waitFor();
  }
  const ghost = (): Locator => page.locator('.ghost-text-decoration, .ghost-text').first();
  async function shot(name: string): Promise<void> {
    const file = path.join(screenshots, `${name}.png`);
    await page.screenshot({ path: file });
    if (process.env['UPDATE_DOCS']) fs.copyFileSync(file, path.join(root, 'docs', `${name}.png`));
  }
  async function save(file: string, holds: RegExp): Promise<string> {
    await page.keyboard.press('Control+s');
    await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
    const text = fs.readFileSync(file, 'utf8');
    assert.match(text, holds);
    return text;
  }

  it('shows ghost text with names of the schema, and Tab puts it into the file', async () => {
    const before = '-- Orders and who placed them\nSELECT c.first_name, o.status\nFROM customers c\n';
    const file = await open('ghost.sql', before);
    await page.keyboard.type('JOIN orders o ON ', { delay: 40 });
    await ghost().waitFor();
    // One element for each highlighted piece.
    const pieces = await page.locator('.ghost-text-decoration, .ghost-text').allInnerTexts();
    assert.match(pieces.join(' '), sampleName);
    await shot('ghost');
    await page.keyboard.press('Tab');
    const text = await save(file, sampleName);
    const typed = `${before}JOIN orders o ON `;
    assert.ok(text.startsWith(typed));
    // The pieces of a further line may stand before those of the first.
    const inserted = squeeze(text.slice(typed.length));
    for (const piece of pieces) assert.ok(inserted.includes(squeeze(piece)), `${piece} in ${text}`);
  });

  it('shows the columns of a table on hover', async () => {
    await open('hover.sql', 'SELECT *\nFROM orders');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    const hover = page.locator('.monaco-hover:visible').filter({ hasText: 'customer_id' });
    // The keyboard's hover stays until Escape.
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Control+i');
    await hover.first().waitFor();
    await shot('hover');
  });

  it('answers a question from the command palette with a statement', async () => {
    const file = await open('ask.sql', '-- Questions about the shop\n\n');
    await page.keyboard.press('F1');
    await page.keyboard.type('SQL Ahead: Ask', { delay: 20 });
    await page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'Ask for a Query' })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.quick-input-title', { hasText: 'Ask for a Query' }).waitFor();
    await page.keyboard.type('customers who never ordered', { delay: 20 });
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'SELECT' }).first().waitFor();
    await shot('ask');
    await page.keyboard.press('Enter');
    await editor.locator('.view-line', { hasText: 'SELECT' }).first().waitFor();
    await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    const text = await save(file, /SELECT[\s\S]*;/);
    assert.match(
      text,
      /-- customers who never ordered\nSELECT [^;]*FROM customers\b[^;]*NOT (?:IN|EXISTS)[^;]*orders/i,
    );
    assert.doesNotMatch(text, /COUNT/i);
  });

  it('turns ghost text off and on by the menu of its status bar item', async () => {
    await open('menu.sql', '');
    for (const [entry, state] of [
      ['Turn Ghost Text Off', /ghost text off/],
      ['Turn Ghost Text On', /^(?!.*ghost text off).*tokens/],
    ] as const) {
      await page
        .locator('.statusbar-item', { hasText: /tokens/ })
        .first()
        .click();
      await page.locator('.quick-input-list .monaco-list-row', { hasText: entry }).first().waitFor();
      await page.screenshot({ path: path.join(screenshots, 'menu.png') });
      await page.keyboard.type(entry);
      await page.keyboard.press('Enter');
      await status(state);
    }
  });

  it('loses nothing when the engine is killed in mid-typing, and shows ghost text again', async () => {
    const file = await open('killed.sql', '');
    await page.keyboard.type('SELECT id', { delay: 30 });
    killEngine(environment.scratch);
    await page.keyboard.type(' FROM ', { delay: 30 });
    await status(/tokens/);
    await page.keyboard.type('cu');
    await ghost().waitFor();
    assert.equal(await page.locator('.notification-toast').count(), 0);
    await page.keyboard.press('Escape');
    await save(file, /^SELECT id FROM cu$/);
  });
});

/** Without white space: the workbench shows it in many ways. */
const squeeze = (text: string): string => text.replace(/\s/g, '');

/** Ends the engine host of this run, found by its runtime folder. */
function killEngine(scratch: string): void {
  const pids = execFileSync('pgrep', ['-f', `engineHost\\.js.*${scratch}`], { encoding: 'utf8' })
    .trim()
    .split('\n');
  assert.equal(pids.length, 1);
  process.kill(Number(pids[0]), 'SIGKILL');
}
