/** The page of the KV inspector: sums, sequences and requests. */
import assert from 'node:assert/strict';
import { kvCacheText } from '../../../client/src/views/kvText';
import type { KvCacheResult } from '../../../server/src/protocol';

const statistics = {
  ...{ reused: 400, cropped: 3, evaluated: 100, decoded: 12, drafted: 4, accepted: 3, restored: 0 },
  ...{ cached: 512, prefillMs: 5.25, decodeMs: 20 },
};
const full: KvCacheResult = {
  model: {
    ...{ name: 'starter', description: '', contextTokens: 1024, backend: 'cpu', backendReason: '' },
    ...{ architecture: 'qwen2', kvBytesPerToken: 1024, cacheTypes: 'keys q8_0, values q4_0' },
  },
  statistics: {
    sequences: [
      { kind: 'schema', tokens: 300 },
      { kind: 'session', tokens: 512 },
    ],
    ...{ cells: 4096, usedCells: 812, kvBytes: 4096 * 1024, kvBytesPerToken: 1024 },
    totals: { requests: 2, ...statistics },
  },
  requests: [
    {
      time: '2026-01-02T03:04:05.678Z',
      session: 'a.sql',
      kind: 'prefill',
      end: 'ERR_CANCELLED',
      milliseconds: 7,
    },
    {
      ...{ time: '2026-01-02T03:04:06.678Z', session: 'queries-of-a-long-name.sql', kind: 'ahead' },
      ...{ end: 'stop', milliseconds: 26, statistics },
    },
  ] as KvCacheResult['requests'],
};

describe('kvCacheText', () => {
  const text = kvCacheText(full);
  it('says how full the cache is', () => {
    assert.match(text, /812 of 4,096 tokens · 0\.8 MiB of 4\.0 MiB/);
    assert.match(text, /reused +400 tokens \(80\.0 %\)/);
  });
  it('says in which types keys and values are kept', () => {
    assert.match(text, /\nkeys q8_0, values q4_0\n/);
  });
  it('lists the lines, the last used first', () => {
    assert.ok(text.indexOf('session ') < text.indexOf('schema '));
  });
  it('lists the requests, the newest first, under their headings', () => {
    const lines = text.split('\n');
    const heading = lines.findIndex((line) => line.includes('prefill ms'));
    const [newest, older] = [lines[heading + 1] ?? '', lines[heading + 2] ?? ''];
    const under = (name: string, value: string): void => {
      const end = (lines[heading] ?? '').indexOf(name) + name.length;
      assert.equal(newest.slice(end - value.length, end), value);
    };
    under('reused', '400');
    under('cropped', '3');
    under('prefilled', '100');
    under('decoded', '12');
    under('decode ms', '20.0');
    assert.match(newest, /█+▓+░+$/);
    assert.match(newest, /…long-name\.sql +ahead/);
    assert.match(older, /a\.sql .*ended by newer input after 7 ms/);
  });
  it('says so when there is nothing', () => {
    assert.match(kvCacheText({ requests: [] }), /not ready[^]*No request yet/);
  });
});
