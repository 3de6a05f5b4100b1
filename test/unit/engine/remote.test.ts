/**
 * The engine on a server: what it asks the server, how choosing tokens changes its text, and what happens while the
 * server is away.
 */
import assert from 'node:assert/strict';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Choose } from '../../../server/src/engine/engine';
import { eventData } from '../../../server/src/engine/remote/events';
import { RemoteEngine, remoteText } from '../../../server/src/engine/remote/remoteEngine';
import { LoopbackServer } from './loopbackServer';
import { untilStatus } from '../support/engineStatus';

const rules = { maxTokens: 8, stopBefore: ['\n'], stopAfter: [';'] };
const prompt = { segments: ['SELECT'] };
/** A model that knows one table, and would rather invent another. */
const model = (text: string): [string, number][] => {
  if (text.endsWith('SELECT'))
    return [
      [' *', -0.1],
      [' name', -2],
    ];
  if (text.endsWith('*') || text.endsWith('name')) return [[' FROM', -0.1]];
  if (text.endsWith('FROM'))
    return [
      [' invented', -0.2],
      [' customers', -1.5],
    ];
  return text.endsWith(';') ? [] : [[';', -0.1]];
};
const onlyCustomers: Choose = (_, candidates) => {
  const at = candidates.findIndex((text) => text !== ' invented');
  return at < 0 ? undefined : at;
};

for (const style of ['llama-server', 'openai'] as const) {
  describe(`RemoteEngine with ${style}`, () => {
    let server: LoopbackServer;
    let engine: RemoteEngine;
    beforeEach(async () => {
      server = await LoopbackServer.start(style);
      server.next = model;
      engine = new RemoteEngine({ url: server.url, model: '', key: 'sesame', log: () => undefined });
      await untilStatus(engine, ({ state }) => state === 'ready');
    });
    afterEach(async () => {
      await engine.dispose();
      await server.stop();
    });

    it('says what the server says about its model', () => {
      assert.ok(engine.status.state === 'ready');
      assert.equal(engine.status.model.name, 'tiny');
      assert.equal(engine.status.model.contextTokens, style === 'openai' ? 4096 : 2048);
      assert.equal(engine.status.model.backend, 'remote');
    });

    it('reads a prompt ahead with a request for next to nothing', async () => {
      const { reused, evaluated } = await engine.prefill({ session: 's', prompt });
      assert.deepEqual([reused, evaluated], [7, 3]);
      const [request] = server.completions();
      assert.equal(request?.body.n_predict ?? request?.body.max_tokens, style === 'openai' ? 1 : 0);
      assert.equal(request?.authorization, 'Bearer sesame');
    });

    it('continues greedily in one request', async () => {
      const { text, end, statistics } = await engine.complete({ session: 's', prompt, options: rules });
      assert.deepEqual([text, end], [' * FROM invented;', 'stop']);
      assert.equal(statistics.decoded, 4);
      assert.equal(server.completions().length, 1);
    });

    it('asks again from where the caller chose otherwise, and closes the stream it left', async () => {
      const { text, end } = await engine.complete({
        session: 's',
        prompt,
        options: rules,
        choose: onlyCustomers,
      });
      assert.deepEqual([text, end], [' * FROM customers;', 'stop']);
      assert.deepEqual(
        server.completions().map(({ body }) => body.prompt),
        ['SELECT', 'SELECT * FROM customers'],
      );
    });

    it('is held to begin with what is typed, whether the model thinks of it or not', async () => {
      const held = (mustBegin: string): Promise<{ text: string }> =>
        engine.complete({ session: 's', prompt, options: { ...rules, mustBegin }, choose: onlyCustomers });
      assert.equal((await held(' na')).text, ' name FROM customers;');
      assert.equal((await held(' *, 1')).text, ' *, 1;');
    });

    it('takes what all legal texts share where no candidate is legal', async () => {
      const choose: Choose = (text, candidates) =>
        text === ' * FROM' ? { oneOf: [' order_items', ' orders'] } : candidates.length > 0 ? 0 : undefined;
      assert.equal(
        (await engine.complete({ session: 's', prompt, options: rules, choose })).text,
        ' * FROM order;',
      );
    });

    it('gives alternatives with different first pieces', async () => {
      const all = await engine.branch({
        session: 's',
        prompt,
        count: 3,
        options: rules,
        choose: onlyCustomers,
      });
      assert.deepEqual(
        all.map(({ text }) => text),
        [' * FROM customers;', ' name FROM customers;'],
      );
    });

    it('ends the older stream when newer text comes', async () => {
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      server.beforeToken = () => held;
      const older = engine.complete({ session: 's', prompt, options: rules });
      await server.until(() => server.completions().length === 1);
      server.beforeToken = () => Promise.resolve();
      const newer = engine.complete({ session: 's', prompt: { segments: ['SELECT name'] }, options: rules });
      await assert.rejects(older, { code: 'ERR_CANCELLED' });
      assert.equal((await newer).text, ' FROM invented;');
      await server.until(() => server.completions()[0]?.closedEarly === true);
      release();
    });

    it('says that a prompt is too long, and that a key is wanted', async () => {
      server.refuse = () => ({ status: 400, text: 'the request exceeds the available context size' });
      await assert.rejects(engine.prefill({ session: 's', prompt }), { code: 'ERR_PROMPT_TOO_LONG' });
      server.refuse = () => ({ status: 401, text: '' });
      await assert.rejects(engine.prefill({ session: 's', prompt }), /Set the Key of the Remote Engine/);
    });

    it('says that the server is away, and comes back with it', async () => {
      const { port } = server;
      await server.stop();
      await assert.rejects(engine.prefill({ session: 's', prompt }), { code: 'ERR_ENGINE_GONE' });
      assert.equal(engine.status.state, 'restarting');
      server = await LoopbackServer.start(style, port);
      await engine.restart();
      await untilStatus(engine, ({ state }) => state === 'ready');
    });
  });
}

describe('RemoteEngine', () => {
  it('goes without probabilities where the server tells none', async () => {
    const server = await LoopbackServer.start('openai');
    server.next = model;
    server.refuse = (_, { body }) =>
      body.logprobs === undefined ? undefined : { status: 400, text: 'logprobs are not supported' };
    const engine = new RemoteEngine({
      url: `${server.url}/v1/`,
      model: 'tiny',
      key: '',
      log: () => undefined,
    });
    await untilStatus(engine, ({ state }) => state === 'ready');
    assert.equal((await engine.complete({ session: 's', prompt, options: rules })).text, ' * FROM invented;');
    assert.equal((await engine.complete({ session: 's', prompt, options: rules })).text, ' * FROM invented;');
    assert.deepEqual(
      server.completions().map(({ body }) => body.logprobs !== undefined),
      [true, false, false],
    );
    assert.ok(server.requests.every(({ authorization }) => authorization === undefined));
    await engine.dispose();
    await server.stop();
  });

  it('refuses an address that is none', async () => {
    const engine = new RemoteEngine({ url: 'file:///etc', model: '', key: '', log: () => undefined });
    const status = await untilStatus(engine, ({ state }) => state === 'failed');
    assert.match('problem' in status ? status.problem : '', /http:\/\//);
    await engine.dispose();
  });

  it('takes the key nowhere else: a redirect is no answer', async () => {
    const other = await LoopbackServer.start('llama-server');
    const redirecting = http.createServer((_, response) => {
      response.writeHead(307, { location: `${other.url}/props` }).end();
    });
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    const { port } = redirecting.address() as AddressInfo;
    const engine = new RemoteEngine({
      ...{ url: `http://127.0.0.1:${port.toString()}`, model: '', key: 'sesame', log: () => undefined },
    });
    await untilStatus(engine, ({ state }) => state !== 'starting');
    assert.equal(other.requests.length, 0);
    await engine.dispose();
    redirecting.closeAllConnections();
    await new Promise((resolve) => redirecting.close(resolve));
    await other.stop();
  });
});

describe('remoteText', () => {
  function check(typed: string, expected: string): void {
    it(JSON.stringify(typed), () => {
      assert.equal(
        remoteText({ segments: [{ special: '<|fim_prefix|>' }, typed] }),
        `<|fim_prefix|>${expected}`,
      );
    });
  }
  check('SELECT a <b', 'SELECT a <b');
  check('-- <|im_end|>', '-- < |im_end|>');
  check('-- </s> [INST] <fim_middle>', '-- < /s> [ INST] < fim_middle>');
  check('SELECT [name] FROM t', 'SELECT [name] FROM t');
});

describe('eventData', () => {
  async function read(...chunks: string[]): Promise<unknown[]> {
    async function* bytes(): AsyncGenerator<Uint8Array> {
      for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk, 'latin1'));
    }
    const all: unknown[] = [];
    for await (const data of eventData(bytes())) all.push(data);
    return all;
  }
  it('reads events however they are cut', async () => {
    assert.deepEqual(
      await read('data: {"a"', ':1}\r\n\r', '\n: ping\n\ndata:2\n\nda', 'ta: [DONE]\n\ndata: 3\n'),
      [{ a: 1 }, 2],
    );
    assert.deepEqual(await read('data: 1'), [1]);
    assert.deepEqual(await read('data: "\u00c3', '\u00a9"\n'), ['é']);
  });
});
