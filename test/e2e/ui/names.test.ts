/**
 * Names of others in the real workbench: a file named like a link to a command is shown as plain text. VS Code turns
 * `[x](command:…)` in a notification into a link, and one click would run the command.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Page } from 'playwright-core';
import { workbenchAddress } from '../../../scripts/lib/vscode-server.mjs';
import { root, startEnvironment, type Environment } from '../environment';

const screenshots = path.join(root, 'out', 'screenshots');
const name = '[Repair it](command:workbench.action.showCommands).sqlite';

describe('names in messages', function () {
  let environment: Environment;
  let page: Page;
  let failed = false;

  before(async () => {
    environment = await startEnvironment();
  });
  after(() => environment.stop(failed));
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      failed = true;
      fs.mkdirSync(screenshots, { recursive: true });
      await page.screenshot({ path: path.join(screenshots, 'failed-names.png') });
    }
    await page.close();
  });

  it('a file called like a link to a command is no link', async () => {
    const folder = path.join(environment.scratch, 'hostile');
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, name), 'no database');
    const file = path.join(folder, 'query.sql');
    fs.writeFileSync(file, 'SELECT 1;\n');
    page = await environment.newPage();
    await page.goto(workbenchAddress(environment.server, folder, file));
    // The message may have left the corner by now; the bell keeps it.
    await page
      .locator('.statusbar-item', { hasText: /no schema/ })
      .first()
      .waitFor();
    await page.locator('.statusbar-item[id="status.notifications"]').click();
    const message = page
      .locator('.notifications-center .notification-list-item')
      .filter({ hasText: 'Repair it' })
      .first();
    await message.waitFor();
    // The text stands there whole; a link would show its label only.
    assert.match(
      await message.innerText(),
      /\[Repair it\] \(command:workbench\.action\.showCommands\)\.sqlite/,
    );
    assert.equal(await message.locator('.notification-list-item-message a').count(), 0);
  });
});
