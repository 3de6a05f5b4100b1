/** Reading `initialize` from clients that say much, little or nothing. */
import assert from 'node:assert/strict';
import * as path from 'node:path';
import { readStartOptions, storageFolder } from '../../../server/src/lsp/startOptions';

describe('readStartOptions', () => {
  it('needs nothing', () => {
    for (const initializationOptions of [
      undefined,
      null,
      {},
      5,
      'text',
      { storagePath: 5, trusted: null, remoteKey: {} },
    ]) {
      const { storagePath, ...rest } = readStartOptions({ initializationOptions });
      assert.ok(path.isAbsolute(storagePath));
      assert.deepEqual(rest, {
        ...{ trusted: true, showsDdl: false, tellsAcceptance: false },
        ...{ remoteKey: '', settings: undefined, folder: undefined },
      });
    }
  });

  it('takes the first folder that is on disk, and the root of older clients', () => {
    const folders = (...uris: string[]) => ({ workspaceFolders: uris.map((uri) => ({ uri, name: '' })) });
    const folderOf = (params: Parameters<typeof readStartOptions>[0]) =>
      readStartOptions(params).folder?.path;
    assert.equal(folderOf(folders('vscode-vfs://x/a', 'file:///b', 'file:///c')), '/b');
    assert.equal(folderOf({ rootUri: 'file:///a%20b' }), '/a b');
    assert.equal(folderOf({ workspaceFolders: [], rootUri: 'file:///a' }), undefined);
    for (const uri of ['', 'file://elsewhere/a', 'file:///%zz', 'untitled:a'])
      assert.equal(folderOf(folders(uri)), undefined);
  });
});

describe('storageFolder', () => {
  function check(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, expected: string): void {
    it(`${platform} ${JSON.stringify(env)}`, () =>
      assert.equal(storageFolder(platform, env, '/home/ann'), expected));
  }
  check('linux', {}, '/home/ann/.local/state/sql-ahead');
  check('linux', { XDG_STATE_HOME: '/state' }, '/state/sql-ahead');
  check('linux', { XDG_STATE_HOME: 'here' }, '/home/ann/.local/state/sql-ahead');
  check('darwin', {}, '/home/ann/Library/Application Support/sql-ahead');
  check('win32', {}, '/home/ann/AppData/Local/sql-ahead');
});
