/** The texts of status bar and tooltip. */
import * as assert from 'node:assert/strict';
import { noAnswer, statusDetails, statusLabel, statusText } from '../../../client/src/views/statusText';

describe('statusText', () => {
  it('says what the engine is doing until it is ready', () => {
    assert.match(statusText({ engine: 'starting', schema: '' }), /starting$/);
    assert.match(statusText({ engine: 'loading', progress: 0.417, schema: '' }), /loading 42 %$/);
    assert.match(statusText({ engine: 'restarting', schema: '' }), /restarting$/);
    assert.match(statusText({ engine: 'failed', schema: '', problem: 'gone' }), /no model$/);
  });
  it('names model, cached tokens and latency once they are known', () => {
    const ready = { engine: 'ready', schema: 'x (1 table)', model: 'starter' } as const;
    assert.equal(statusText(ready), '$(database) starter');
    assert.equal(
      statusText({ ...ready, cachedTokens: 1234, lastLatencyMs: 22.6 }),
      '$(database) starter · 1,234 tokens cached · 23 ms',
    );
  });
  it('says that there is no schema', () => {
    assert.equal(
      statusText({ engine: 'ready', schema: '', model: 'starter' }),
      '$(database) starter · no schema',
    );
  });
  it('says that ghost text is turned off', () => {
    const ready = { engine: 'ready', schema: 'x (1 table)', model: 'starter' } as const;
    assert.equal(statusText(ready, false), '$(database) starter · ghost text off');
  });
  it('marks a problem that leaves the engine working', () => {
    assert.match(
      statusText({ engine: 'ready', schema: '', model: 'm', problem: 'locked' }),
      /^\$\(warning\) m/,
    );
  });
});

describe('statusDetails', () => {
  it('says first what is wrong, then that there is no schema', () => {
    assert.deepEqual(statusDetails({ engine: 'failed', schema: '', problem: 'No such file.' }), [
      ['Problem', 'No such file.'],
      [
        'Schema',
        'none: not one database and no DDL file in the workspace folder; SQL Ahead: Pick a Connection chooses',
      ],
    ]);
  });
  it('gives the backend with its reason', () => {
    const lines = statusDetails({
      engine: 'ready',
      schema: 'x (1 table)',
      backend: 'cpu',
      backendReason: 'no GPU',
    });
    assert.deepEqual(lines, [
      ['Schema', 'x (1 table)'],
      ['Runs on', 'cpu: no GPU'],
    ]);
  });
});

describe('the KV cache in the tooltip', () => {
  it('says in which types it is kept, and how many tokens it holds', () => {
    const line = (status: object): string | undefined =>
      statusDetails({ engine: 'ready', schema: 'x', ...status }).find(([label]) => label === 'KV cache')?.[1];
    assert.equal(
      line({ cachedTokens: 1200, cacheTypes: 'keys q8_0, values q4_0' }),
      '1,200 tokens; keys q8_0, values q4_0',
    );
    assert.equal(line({ cacheTypes: 'keys f16, values f16' }), 'keys f16, values f16');
    assert.equal(line({}), undefined);
  });
});

describe('statusLabel', () => {
  it('reads as text', () => {
    assert.equal(
      statusLabel({ engine: 'ready', schema: 'x (1 table)', model: 'starter', cachedTokens: 5 }),
      'SQL Ahead: starter · 5 tokens cached. Schema: x (1 table). Model: starter. KV cache: 5 tokens',
    );
    assert.match(statusLabel({ engine: 'starting', schema: '' }), /^SQL Ahead: starting\. Schema: none/);
  });
});

describe('noAnswer', () => {
  it('tells a failed engine from one that is not ready and from a question without an answer', () => {
    assert.equal(noAnswer({ engine: 'failed', schema: '', problem: 'No such file.' }), 'No such file.');
    assert.match(noAnswer({ engine: 'loading', schema: '' }), /not ready yet/);
    assert.match(noAnswer({ engine: 'ready', schema: '' }), /name the tables/);
  });
});
