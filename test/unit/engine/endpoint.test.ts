/** The address where an engine listens: open to its user only, and another one for every set of options. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { endpointKey, endpointPath } from '../../../server/src/engine/wire/endpoint';
import type { HostOptions } from '../../../server/src/engine/wire/messages';

describe('endpoint', () => {
  let folder = '';
  // Set one by one: libuv reads the real environment, which a replaced process.env object no longer is.
  const names = ['SQL_AHEAD_RUNTIME_DIR', 'XDG_RUNTIME_DIR', 'TMPDIR', 'HOME'];
  const before = names.map((name) => process.env[name]);
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-endpoint-'))));
  afterEach(() => {
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[i];
    }
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const options = (): HostOptions => ({
    extensionVersion: '1',
    modelPath: path.join(folder, 'model.gguf'),
    backend: 'cpu',
    gpuLayers: -1,
    threads: 0,
    contextTokens: 0,
    keyType: 'f16',
    valueType: 'f16',
    cacheMemory: 0,
  });

  it('differs when any option or the model file differs', () => {
    const keys = new Set<string>();
    keys.add(endpointKey(options()));
    fs.writeFileSync(options().modelPath, 'one');
    keys.add(endpointKey(options()));
    fs.writeFileSync(options().modelPath, 'another');
    keys.add(endpointKey(options()));
    keys.add(endpointKey({ ...options(), backend: 'vulkan' }));
    keys.add(endpointKey({ ...options(), extensionVersion: '2' }));
    assert.equal(keys.size, 5);
    assert.equal(endpointKey(options()), endpointKey(options()));
  });

  it('closes its folder to others', () => {
    const runtime = path.join(folder, 'run');
    fs.mkdirSync(runtime, { mode: 0o755 });
    process.env['SQL_AHEAD_RUNTIME_DIR'] = runtime;
    assert.ok(endpointPath('k').startsWith(runtime));
    assert.equal(fs.statSync(runtime).mode & 0o777, 0o700);
  });

  it('does not follow a link somebody else may have put there', () => {
    const target = path.join(folder, 'target');
    fs.mkdirSync(target);
    fs.symlinkSync(target, path.join(folder, 'link'));
    process.env['SQL_AHEAD_RUNTIME_DIR'] = path.join(folder, 'link');
    process.env['XDG_RUNTIME_DIR'] = folder;
    assert.equal(endpointPath('k'), path.join(folder, 'sql-ahead', 'engine-k.json'));
  });

  it('passes over a folder whose path is too long for a socket', () => {
    process.env['SQL_AHEAD_RUNTIME_DIR'] = path.join(folder, 'x'.repeat(120));
    process.env['XDG_RUNTIME_DIR'] = folder;
    assert.equal(endpointPath('k'), path.join(folder, 'sql-ahead', 'engine-k.json'));
  });

  it('says what to do when there is nowhere to listen', () => {
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, '');
    for (const name of names) process.env[name] = file;
    assert.throws(() => endpointPath('k'), { code: 'ERR_CACHE_FOLDER', message: /writable/ });
  });
});
