/** Opens a stranger's folder in a real VS Code: nothing in it is loaded, in Restricted Mode or after it is trusted. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { workbenchAddress } from '../../../scripts/lib/vscode-server.mjs';
import { folderOf, layTraps } from '../../security/traps';
import { startEnvironment, type Environment } from '../environment';

for (const restricted of [true, false])
  describe(`a folder full of traps, ${restricted ? 'in Restricted Mode' : 'trusted'}`, () => {
    let environment: Environment;

    before(async () => {
      environment = await startEnvironment(
        // Not asked for trust: what a click allows is not what is looked at.
        { 'security.workspace.trust.startupPrompt': 'never' },
        {},
        // The default: a GPU is tried, in the probe.
        { backend: 'auto', workspaceTrust: restricted },
      );
    });
    after(() => environment.stop());

    it('springs none', async () => {
      const { workspace, scratch, server } = environment;
      const trap = layTraps(workspace, path.join(scratch, 'sprung'));
      const file = path.join(workspace, 'trap.sql');
      fs.writeFileSync(file, 'CREATE TABLE traps (id INTEGER, name TEXT);\nSELECT ');
      const page = await environment.newPage();
      await page.goto(workbenchAddress(server, workspace, file));
      const status = (text: RegExp): Promise<void> =>
        page.locator('.statusbar-item', { hasText: text }).first().waitFor();
      if (restricted) await status(/Restricted Mode/);
      // The engine is up: every library has been looked for.
      await status(/tokens/);
      const [host = ''] = execFileSync('pgrep', ['-f', `engineHost\\.js.*${scratch}`], {
        encoding: 'utf8',
      }).split('\n');
      assert.deepEqual(trap.sprung(), []);
      const extension = path.join(scratch, 'data', 'extensions');
      const languageServer = execFileSync('ps', ['-o', 'ppid=', '-p', host], { encoding: 'utf8' });
      const hostFolder = folderOf(Number(host));
      assert.ok(hostFolder.startsWith(extension), hostFolder);
      assert.equal(folderOf(Number(languageServer)), path.dirname(hostFolder));
      await page.close();
    });
  });
