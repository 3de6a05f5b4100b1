/** Downloads a model file while server and disk fail in every way, and from two windows at once. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import {
  download,
  machine,
  partialNames,
  readContentRange,
  spareBytes,
  type DownloadProgress,
  type Machine,
} from '../../../client/src/models/download';
import { tryLock } from '../../../client/src/models/downloadLock';
import { networkFailure } from '../../../client/src/models/modelError';
import { temporaryFolders } from '../support/folders';
import { FileServer, sha256 } from './fileServer';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 255));

describe('download', () => {
  const newFolder = temporaryFolders();
  let server: FileServer;
  const waits: number[] = [];
  const quick: Machine = {
    ...machine,
    freeBytes: () => Promise.resolve(1e12),
    wait: (milliseconds) => {
      waits.push(milliseconds);
      return new Promise((resolve) => setImmediate(resolve));
    },
  };

  beforeEach(async () => {
    server = await FileServer.start(content);
    waits.length = 0;
  });
  afterEach(() => server.stop());

  interface Try {
    readonly file?: string;
    readonly bytes?: number;
    readonly hash?: string;
    readonly url?: string;
    readonly on?: Partial<Machine>;
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: DownloadProgress) => void;
  }
  const start = async (options: Try = {}): Promise<string> => {
    const {
      file = path.join(newFolder(), 'models', 'model.gguf'),
      bytes = content.length,
      hash = sha256(content),
      url = `${server.url}/model.gguf`,
      on = {},
      signal = new AbortController().signal,
      onProgress,
    } = options;
    const request = { url, file, bytes, sha256: hash, signal, ...(onProgress ? { onProgress } : {}) };
    await download(request, { ...quick, ...on });
    return file;
  };
  /** The file, alone: nothing else lies beside it. */
  const whole = (file: string, expected = content): void => {
    assert.ok(readFileSync(file).equals(expected));
    assert.deepEqual(readdirSync(path.dirname(file)), [path.basename(file)]);
  };
  const fails = async (code: string, options: Try = {}): Promise<string> => {
    const file = options.file ?? path.join(newFolder(), 'models', 'model.gguf');
    await assert.rejects(start({ ...options, file }), (error: Error & { code?: string }) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, /^[^\n]{20,400}\.$/, 'one sentence');
      return true;
    });
    return file;
  };
  const empty = (file: string): void => assert.deepEqual(readdirSync(path.dirname(file)), []);
  const ranges = (): unknown[] => server.requests.map(({ headers }) => headers.range);

  it('gets the file, and asks for it without credentials', async () => {
    whole(await start());
    const [asked] = server.requests;
    assert.equal(asked?.headers.authorization, undefined);
    assert.equal(asked?.headers.cookie, undefined);
    assert.equal(asked?.headers['accept-encoding'], 'identity');
  });

  it('sends no user and password of an address', async () => {
    await start({ url: `${server.url.replace('//', '//user:secret@')}/model.gguf` });
    assert.equal(server.requests[0]?.headers.authorization, undefined);
  });

  it('goes on where the connection broke, twice', async () => {
    server.breaks = [100_000, 50_000];
    whole(await start());
    assert.deepEqual(ranges(), [undefined, 'bytes=100000-', 'bytes=150000-']);
    assert.ok(server.requests.slice(1).every(({ headers }) => headers['if-range'] === '"one"'));
  });

  it('gets any file whole, however often the connection breaks and wherever', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 90_000 }), { maxLength: 12 }),
        fc.constantFrom('"one"', 'W/"weak"', ''),
        async (breaks, etag) => {
          Object.assign(server, { breaks, etag });
          whole(await start());
        },
      ),
      { numRuns: 40 },
    );
  });

  it('begins anew where the file on the server became another', async () => {
    const newer = Buffer.from(content.map((byte) => byte ^ 255));
    server.breaks = [100_000];
    server.before = ({ headers }) => {
      if (headers.range === undefined) return;
      server.content = newer;
      server.etag = '"two"';
    };
    whole(await start({ hash: sha256(newer) }), newer);
    assert.deepEqual(ranges(), [undefined, 'bytes=100000-']);
  });

  it('begins anew where the server takes no ranges, and gives up in the end', async () => {
    server.takesRanges = false;
    server.breaks = [100_000, 50_000];
    whole(await start());
    server.breaks = Array.from({ length: 100 }, () => 1000);
    await fails('ERR_MODEL_BROKEN');
  });

  it('refuses a file with another hash and removes it', async () => {
    empty(await fails('ERR_MODEL_HASH', { hash: sha256(Buffer.from('another')) }));
  });

  it('refuses a file of another size, said or not', async () => {
    empty(await fails('ERR_MODEL_SIZE', { bytes: content.length - 1 }));
    empty(await fails('ERR_MODEL_SIZE', { bytes: content.length + 1 }));
    server.answer = (_, response) => {
      response.write(content);
      response.end(content);
      return true;
    };
    empty(await fails('ERR_MODEL_SIZE'));
  });

  it('stops when cancelled, keeps what came, and goes on from there', async () => {
    server.breaks = [120_000];
    const controller = new AbortController();
    const wait = (): Promise<void> => {
      controller.abort();
      return Promise.reject(new Error('aborted'));
    };
    const file = await fails('ERR_MODEL_CANCELLED', { signal: controller.signal, on: { wait } });
    assert.deepEqual(readdirSync(path.dirname(file)).sort(), ['model.gguf.part', 'model.gguf.part.json']);
    const states = new Set<string>();
    await start({ file, onProgress: ({ state }) => states.add(state) });
    whole(file);
    assert.deepEqual(ranges(), [undefined, 'bytes=120000-']);
    assert.deepEqual([...states], ['checking', 'receiving']);
  });

  it('begins anew where the part on the disk was spoilt', async () => {
    const folder = newFolder();
    const file = path.join(folder, 'model.gguf');
    const { part, state } = partialNames(file);
    writeFileSync(part, Buffer.alloc(1000));
    writeFileSync(state, JSON.stringify({ sha256: sha256(content), bytes: content.length, etag: '"one"' }));
    whole(await start({ file }));
    assert.deepEqual(ranges(), ['bytes=1000-', undefined]);
  });

  it('takes no part of another file, and none whose description cannot be read', async () => {
    for (const text of ['{"sha256":"00","bytes":300000,"etag":""}', '{', 'null', '']) {
      const file = path.join(newFolder(), 'model.gguf');
      writeFileSync(partialNames(file).part, 'something');
      writeFileSync(partialNames(file).state, text);
      whole(await start({ file }));
    }
    assert.ok(ranges().every((range) => range === undefined));
  });

  it('asks for space before it begins', async () => {
    const freeBytes = (): Promise<number> => Promise.resolve(spareBytes + content.length - 1);
    empty(await fails('ERR_MODEL_SPACE', { on: { freeBytes } }));
    assert.deepEqual(server.requests, []);
  });

  it('leaves nothing on a disk that gets full', async () => {
    const open: Machine['open'] = async (file, flags) => {
      const handle = await machine.open(file, flags);
      const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<{ bytesWritten: number }>;
      let left = 150_000;
      const limited = async (buffer: Buffer, offset: number, length: number, position: number) => {
        if (left <= 0) throw Object.assign(new Error('no space left on device, write'), { code: 'ENOSPC' });
        const written = await write(buffer, offset, Math.min(length, left), position);
        left -= written.bytesWritten;
        return written;
      };
      return Object.assign(handle, { write: limited });
    };
    empty(await fails('ERR_MODEL_SPACE', { on: { open } }));
  });

  it('says which folder cannot be written to', async () => {
    const open: Machine['open'] = () =>
      Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }));
    await fails('ERR_MODEL_FOLDER', { on: { open } });
  });

  it('gets a file once for two windows, and both see its progress', async () => {
    const file = path.join(newFolder(), 'model.gguf');
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 1000));
      void gate.then(() => response.end(content.subarray(1000)));
      return true;
    };
    const begun = new Promise<void>((resolve, reject) => {
      start({ file, onProgress: () => resolve() }).then(() => done(), reject);
    });
    let done = (): void => undefined;
    const first = new Promise<void>((resolve) => (done = resolve));
    await begun;
    const seen: DownloadProgress[] = [];
    const second = start({
      file,
      onProgress: (progress) => {
        seen.push(progress);
        go();
      },
    });
    await Promise.all([first, second]);
    whole(file);
    assert.equal(server.requests.length, 1);
    assert.deepEqual(seen[0], { state: 'elsewhere', received: 1000, total: content.length });
  });

  it('takes over from a window that is gone', async () => {
    const file = path.join(newFolder(), 'model.gguf');
    const { lock } = partialNames(file);
    const { hostname } = await import('node:os');
    // A process id that no system gives.
    writeFileSync(lock, JSON.stringify({ id: 'gone', pid: 2 ** 31 - 2, host: hostname() }));
    whole(await start({ file }));
  });

  it('gives a lock to one of many', async () => {
    const lock = path.join(newFolder(), 'lock');
    writeFileSync(lock, JSON.stringify({ id: 'gone', pid: 2 ** 31 - 2, host: (await import('node:os')).hostname() }));
    const got = (await Promise.all(Array.from({ length: 20 }, () => tryLock(lock)))).filter(Boolean);
    const later = await tryLock(lock);
    assert.equal(got.length + (later ? 1 : 0), 1);
    await (got[0] ?? later)?.release();
    assert.equal(existsSync(lock), false);
  });

  it('follows redirects on this machine, and none that leads elsewhere without encryption', async () => {
    server.answer = ({ path: at }, response) => {
      if (at === '/there') return false;
      response.writeHead(302, { location: at === '/away' ? 'http://example.com/x' : '/there' }).end();
      return true;
    };
    whole(await start());
    empty(await fails('ERR_MODEL_ADDRESS', { url: `${server.url}/away` }));
    await fails('ERR_MODEL_ADDRESS', { url: 'http://example.com/model.gguf' });
    await fails('ERR_MODEL_ADDRESS', { url: 'file:///etc/passwd' });
    server.answer = (_, response) => {
      response.writeHead(302, { location: '/again' }).end();
      return true;
    };
    empty(await fails('ERR_MODEL_ADDRESS'));
  });

  it('tries again where the server is busy, and at once no more where it refuses', async () => {
    let busy = 2;
    server.answer = (_, response) => {
      if (busy-- <= 0) return false;
      response.writeHead(503).end();
      return true;
    };
    whole(await start());
    assert.deepEqual(waits, [1000, 2000]);
    for (const status of [401, 403, 404, 410]) {
      server.requests.length = 0;
      server.answer = (_, response) => {
        response.writeHead(status).end('no');
        return true;
      };
      empty(await fails('ERR_MODEL_REFUSED'));
      assert.equal(server.requests.length, 1);
    }
    server.answer = (_, response) => {
      response.writeHead(407).end();
      return true;
    };
    empty(await fails('ERR_MODEL_PROXY'));
  });

  it('says at once that a server is not there', async () => {
    const { url } = server;
    await server.stop();
    empty(await fails('ERR_MODEL_OFFLINE', { url: `${url}/model.gguf` }));
    assert.deepEqual(waits, []);
    server = await FileServer.start(content);
  });

  it('tells of a server that has gone silent', async () => {
    server.answer = () => true;
    empty(await fails('ERR_MODEL_BROKEN', { on: { idleMs: 5 } }));
  });
});

describe('networkFailure', () => {
  const of = (code: string, message = code): string | undefined =>
    networkFailure(Object.assign(new Error(message), { code }), 'models.example')?.code;
  it('tells certificates, proxies and missing networks apart', () => {
    for (const code of ['CERT_HAS_EXPIRED', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'])
      assert.equal(of(code), 'ERR_MODEL_TLS');
    for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED']) assert.equal(of(code), 'ERR_MODEL_OFFLINE');
    assert.equal(of('', 'tunneling socket could not be established, statusCode=407'), 'ERR_MODEL_PROXY');
    assert.equal(of('ECONNRESET', 'socket hang up'), undefined);
  });
});

describe('readContentRange', () => {
  it('reads what the standard writes, and nothing else', () => {
    assert.deepEqual(readContentRange('bytes 100-199/200'), { start: 100, total: 200 });
    assert.deepEqual(readContentRange('bytes 0-1/*'), { start: 0, total: undefined });
    for (const header of [undefined, '', 'bytes */200', 'lines 1-2/3', 'bytes 1-2/3x', 'bytes -1-2/3'])
      assert.equal(readContentRange(header), undefined);
  });
});
