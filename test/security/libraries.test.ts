/** No library is loaded from the open folder, whatever its name and whatever the environment says. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { checkSearchPaths, readElf, searchOwnFolder } from '../../scripts/lib/elf.mjs';
import { defaultSettings, disposeAll, LspWindow, root, temporaryFolder } from '../lsp/window';
import { folderOf, layTraps, runtimeFolder, shippedLibraries, type Trap } from './traps';

const auto = { engine: { ...defaultSettings.engine, backend: 'auto' as const } };

describe('libraries', () => {
  afterEach(disposeAll);

  function trapFolder(): { folder: string; trap: Trap } {
    const folder = temporaryFolder();
    fs.copyFileSync(path.join(root, 'samples', 'webshop', 'webshop.sqlite'), path.join(folder, 'a.sqlite'));
    return { folder, trap: layTraps(folder, path.join(temporaryFolder(), 'sprung')) };
  }

  it('spring when a program looks into their folder: the trap works', () => {
    const { folder, trap } = trapFolder();
    const load = `process.dlopen({ exports: {} }, './libtrap.so')`;
    assert.throws(() => execFileSync(process.execPath, ['-e', load], { cwd: folder, stdio: 'ignore' }));
    assert.equal(trap.sprung().length, 1);
  });

  it('are not loaded from the open folder by server, engine host and probe, even where all start in it', async () => {
    const { folder, trap } = trapFolder();
    const window = await LspWindow.open({ folder, cwd: folder, trusted: false, settings: auto });
    await window.until(({ engine }) => engine === 'ready');
    const uri = await window.openDocument('a.sql', 'SELECT ');
    await window.inlineCompletion(uri, 7);
    const { enginePid } = await window.inspect(uri, 7);
    assert.deepEqual(trap.sprung(), []);
    assert.equal(folderOf(enginePid), path.join(root, 'dist'));
  });

  it('are not loaded from the current folder where the environment names it, nor as a backend of another', async () => {
    const { folder, trap } = trapFolder();
    // As a shell's start-up file does with LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/opt/lib; the server itself is past its start.
    const server = path.join(temporaryFolder(), 'server.js');
    fs.writeFileSync(
      server,
      `process.chdir(${JSON.stringify(folder)});
      Object.assign(process.env, {
        LD_LIBRARY_PATH: ':/opt/lib', VK_ICD_FILENAMES: 'gpu.json', VK_LAYER_PATH: '.',
        GGML_BACKEND_PATH: ${JSON.stringify(trap.library)},
      });
      require(${JSON.stringify(path.join(root, 'dist', 'server.js'))});`,
    );
    fs.writeFileSync(
      path.join(folder, 'gpu.json'),
      JSON.stringify({
        file_format_version: '1.0.0',
        ICD: { library_path: './libtrap.so', api_version: '1.3.0' },
      }),
    );
    const window = await LspWindow.open({ folder, serverScript: server, settings: auto });
    await window.ready();
    assert.deepEqual(trap.sprung(), []);
  });

  it('that are shipped look for others beside themselves only', () => {
    const shipped = shippedLibraries();
    assert.ok(shipped.length > 10);
    for (const folder of new Set(shipped.map((file) => path.dirname(file)))) checkSearchPaths(folder);
    const addon = readElf(path.join(runtimeFolder, 'sqlahead.node'));
    assert.deepEqual(addon?.searchPath, ['$ORIGIN']);
    assert.equal(addon.bindNow, true);
    assert.ok(addon.bytes.includes('__stack_chk_fail'), 'a stack protector');
  });

  describe('with another search path', () => {
    function library(searchPath: string | undefined, ...more: string[]): { folder: string; file: string } {
      const folder = temporaryFolder();
      const file = path.join(folder, 'libx.so.1');
      const link = searchPath === undefined ? [] : [`-Wl,-rpath,${searchPath}`];
      const args = ['-shared', '-fPIC', ...link, ...more, '-x', 'c', '-o', file, '-'];
      execFileSync('cc', args, { input: 'int trapped;' });
      return { folder, file };
    }

    for (const searchPath of [
      '$ORIGIN:',
      ':$ORIGIN',
      '$ORIGIN:/opt/vulkan-sdk/x86_64/lib:',
      '/home/me/build/bin:',
    ])
      for (const kind of ['--enable-new-dtags', '--disable-new-dtags'])
        it(`${searchPath} (${kind}) are refused, and set right when they are staged`, () => {
          const { folder, file } = library(searchPath, `-Wl,${kind}`);
          assert.deepEqual(readElf(file)?.searchPath, searchPath.split(':'));
          assert.throws(() => checkSearchPaths(folder), /libx\.so\.1/);
          searchOwnFolder(file);
          checkSearchPaths(folder);
          assert.deepEqual(readElf(file)?.searchPath, ['$ORIGIN']);
          assert.match(execFileSync('readelf', ['-d', file], { encoding: 'utf8' }), /path: \[\$ORIGIN\]/);
          // It still is a library.
          execFileSync('cc', ['-x', 'c', '-o', path.join(folder, 'program'), '-', '-x', 'none', file], {
            input: 'extern int trapped; int main(void) { return trapped; }',
          });
          execFileSync(path.join(folder, 'program'), { env: { LD_LIBRARY_PATH: folder } });
        });

    it('too short to be replaced are refused with what to do', () => {
      const { file } = library('lib');
      assert.throws(() => searchOwnFolder(file), /too short.*-rpath/);
    });

    it('that is none are left, and what is no library as well', () => {
      const { folder, file } = library(undefined);
      const before = fs.readFileSync(file);
      searchOwnFolder(file);
      assert.ok(before.equals(fs.readFileSync(file)));
      fs.writeFileSync(path.join(folder, 'notes.so'), 'notes');
      searchOwnFolder(path.join(folder, 'notes.so'));
      checkSearchPaths(folder);
    });

    it('and a path as the name of a library are refused', () => {
      const { folder } = library(undefined, '-Wl,-z,lazy');
      const user = path.join(folder, 'libuser.so');
      const args = ['-shared', '-fPIC', '-x', 'c', '-o', user, '-', '-x', 'none', './libx.so.1'];
      execFileSync('cc', args, {
        cwd: folder,
        input: 'extern int trapped; int *used(void) { return &trapped; }',
      });
      assert.throws(() => checkSearchPaths(folder), /libuser\.so loads '\.\/libx\.so\.1'/);
    });
  });
});
