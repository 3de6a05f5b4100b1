/** Requests to a remote server: no sentence contains a secret, and an endless answer is cut off. */
import assert from 'node:assert/strict';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Http, type HttpLimits } from '../../../server/src/engine/remote/http';

const secrets = /hush-hush|aHVzaC1odXNo|topsecret|sesame/;

describe('Http', () => {
  let server: http.Server;
  let answer: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  let seen: http.IncomingMessage[];
  let closed: Promise<void>;

  beforeEach(async () => {
    seen = [];
    let close = (): void => undefined;
    closed = new Promise((resolve) => (close = resolve));
    server = http.createServer((request, response) => {
      seen.push(request);
      response.on('close', close);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const host = (): string => `127.0.0.1:${(server.address() as AddressInfo).port.toString()}`;
  const at = (limits: Partial<HttpLimits> = {}): Http => new Http(`http://${host()}/v1/`, 'sesame', limits);
  const messageOf = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('nothing was thrown');
  };
  const all = async (events: AsyncIterable<unknown>): Promise<unknown[]> => {
    const list: unknown[] = [];
    for await (const event of events) list.push(event);
    return list;
  };

  it('sends user, password and query where they belong, and shows them nowhere', async () => {
    const asked = new Http(`http://ann:hush-hush@${host()}/v1/?api-key=topsecret`, '');
    assert.equal(asked.base, `http://${host()}/v1`);
    answer = (_, response) => response.end('{"a":1}');
    assert.deepEqual(await asked.json('/models'), { a: 1 });
    assert.equal(seen[0]?.url, '/v1/models?api-key=topsecret');
    assert.equal(seen[0].headers.authorization, `Basic ${Buffer.from('ann:hush-hush').toString('base64')}`);
    // A server that repeats all it was sent.
    answer = (request, response) =>
      response.writeHead(500).end(`hush-hush ${request.url ?? ''} ${request.headers.authorization ?? ''}`);
    assert.doesNotMatch(await messageOf(asked.json('/models')), secrets);
    answer = (_, response) => response.destroy();
    assert.doesNotMatch(await messageOf(asked.json('/models')), secrets);
    answer = (_, response) => response.writeHead(401).end();
    assert.doesNotMatch(await messageOf(asked.json('/models')), secrets);
  });

  for (const url of [
    'htp://ann:hush-hush@host/',
    'ann:hush-hush@host',
    'ftp://host/?key=topsecret',
    'http://ann:hush-hush@',
  ])
    it(`names an address that is none without its secrets: ${url}`, () => {
      assert.throws(
        () => new Http(url, 'sesame'),
        ({ message }: Error) => /is no address of a server/.test(message) && !secrets.test(message),
      );
    });

  it('hides the key from an answer that repeats it', async () => {
    answer = (request, response) => response.writeHead(500).end(String(request.headers.authorization));
    assert.match(await messageOf(at().json('/models')), /answered 500: Bearer …$/);
  });

  it('leaves an answer without an end', async () => {
    answer = (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    };
    assert.match(await messageOf(at({ bytes: 100_000 }).json('/props')), /more than 100000 bytes/);
    await closed;
    const events = at({ bytes: 100_000 }).events('/completion', {}, new AbortController().signal);
    assert.match(await messageOf(all(events)), /more than 100000 bytes/);
    const line = at().events('/completion', {}, new AbortController().signal);
    assert.match(await messageOf(all(line)), /a line that does not end/);
  });

  it('reads no more of a refusal than it shows', async () => {
    answer = (_, response) => {
      response.writeHead(500);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    };
    assert.ok((await messageOf(at().json('/props'))).length < 500);
    await closed;
  });

  it('leaves a stream that says nothing for ever', async () => {
    answer = (_, response) => void response.writeHead(200).write(': wait\n\n');
    const events = at({ streamMs: 50 }).events('/completion', {}, new AbortController().signal);
    assert.match(await messageOf(all(events)), /does not answer/);
    await closed;
  });
});
