/** Choosing a runtime: which backends are tried, which one is used, and the sentence that says why. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadRuntime } from '../../native/index';
import { pluginFile } from '../../native/binding';
import { backend, directory, failure, patience, probePath, runtime } from './support/runtime';

describe('the runtime', function () {
  this.timeout(patience);
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-runtime-'));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** A probe that answers, fails or hangs as a driver might. */
  function scriptedProbe(source: string): string {
    const file = path.join(folder, `probe-${String(source.length)}.js`);
    writeFileSync(file, source);
    return file;
  }

  it('is the backend asked for, with its devices', async () => {
    const choice = await runtime();
    assert.equal(choice.backend, backend);
    assert.deepEqual(choice.rejected, []);
    assert.match(choice.reason, /^The model runs on .*\.$/);
    assert.match(choice.addon.llamaRelease, /^v\d/);
    const devices = choice.addon.devices();
    assert.ok(devices.some((device) => device.type === 'cpu' && device.totalBytes > 0));
    assert.equal(
      devices.some((device) => device.name.toLowerCase().startsWith(backend)),
      true,
    );
  });

  it('is the CPU on auto when a GPU driver crashes, and says so', async () => {
    for (const [source, reason] of [
      ['process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1000);', /SIGSEGV/],
      ['process.exit(3);  ', /ended the trial process/],
      ['console.log(JSON.stringify({ error: "no driver" }))', /no driver/],
      ['console.log(JSON.stringify({ devices: [] }))', /no Vulkan device/],
      [
        'console.log(JSON.stringify({ devices: [{ type: "gpu", description: "llvmpipe (LLVM)" }] }))',
        /software/,
      ],
    ] as const) {
      const choice = await loadRuntime({ directory, backend: 'auto', probePath: scriptedProbe(source) });
      assert.equal(choice.backend, 'cpu');
      assert.equal(choice.rejected[0]?.backend, 'vulkan');
      assert.match(choice.rejected[0].reason, reason);
      assert.match(choice.reason, reason);
    }
  });

  it('refuses a backend asked for that does not work or does not exist', async () => {
    const crash = scriptedProbe('process.kill(process.pid, "SIGKILL")');
    await assert.rejects(
      loadRuntime({ directory, backend: 'vulkan', probePath: crash }),
      failure('ERR_RUNTIME', /Vulkan/),
    );
    await assert.rejects(
      loadRuntime({ directory, backend: 'metal', probePath }),
      failure('ERR_RUNTIME', /does not come with/),
    );
  });

  it('refuses a folder without an addon', async () => {
    await assert.rejects(
      loadRuntime({ directory: folder, backend: 'cpu', probePath }),
      failure('ERR_RUNTIME', /build:native/),
    );
    const broken = path.join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(path.join(broken, 'sqlahead.node'), 'no library');
    await assert.rejects(
      loadRuntime({ directory: broken, backend: 'cpu', probePath }),
      failure('ERR_RUNTIME', /could not be loaded/),
    );
  });

  it('rejects a GPU library that cannot be loaded, in the child process', async () => {
    const damaged = path.join(folder, 'damaged');
    mkdirSync(path.join(damaged, 'gpu'), { recursive: true });
    cpSync(path.join(directory, 'sqlahead.node'), path.join(damaged, 'sqlahead.node'));
    for (const library of [
      'libllama.v0.5.0.so',
      'libggml.v0.5.0.so',
      'libggml-base.so',
      'libggml-cpu-x64.so',
    ]) {
      symlinkSync(path.join(directory, library), path.join(damaged, library));
    }
    writeFileSync(pluginFile(damaged, 'vulkan'), 'no library');
    await assert.rejects(
      loadRuntime({ directory: damaged, backend: 'vulkan', probePath }),
      failure('ERR_RUNTIME', /could not be loaded/),
    );
  });
});
