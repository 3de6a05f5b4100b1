/** Requests are recorded in memory and in the trace file; a trace file that cannot be written harms nothing. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { recorded, RequestRecords } from '../../../server/src/engine/records';
import { ScriptedEngine } from '../support/scriptedEngine';
import { SqlAheadError } from '../../../server/src/errors';

const options = { maxTokens: 8, stopBefore: [], stopAfter: [] };

const noProblem = (problem: string): void => {
  throw new Error(problem);
};

describe('recorded', () => {
  let folder = '';
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-records-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('notes what was asked, how it ended, and no text', async () => {
    const script = new ScriptedEngine();
    const records = new RequestRecords();
    const engine = recorded(script, records);
    await engine.prefill({ session: 'file:///a/b.sql', prompt: { segments: ['SELECT '] } });
    script.continueWith = () => 'name';
    await engine.complete({
      session: 'file:///a/b.sql',
      prompt: { segments: ['SELECT '] },
      options: { ...options, priority: 'ahead' },
    });
    script.continueWith = () => Promise.reject(new SqlAheadError('ERR_ENGINE_GONE', 'Gone.'));
    await assert.rejects(
      engine.complete({ session: 'file:///a/b.sql', prompt: { segments: ['SELECT '] }, options }),
      {
        code: 'ERR_ENGINE_GONE',
      },
    );
    assert.deepEqual(
      records.recent.map(({ session, kind, end }) => [session, kind, end]),
      [
        ['b.sql', 'prefill', 'ready'],
        ['b.sql', 'ahead', 'stop'],
        ['b.sql', 'complete', 'ERR_ENGINE_GONE'],
      ],
    );
    assert.doesNotMatch(JSON.stringify(records.recent), /SELECT|name/);
  });

  it('appends a line of JSON a request to the trace', async () => {
    const records = new RequestRecords();
    const engine = recorded(new ScriptedEngine(), records);
    const file = path.join(folder, 'trace.jsonl');
    records.traceTo(file, noProblem);
    await engine.prefill({ session: 'a.sql', prompt: { segments: [] } });
    await engine.complete({ session: 'a.sql', prompt: { segments: [] }, options });
    records.traceTo('', noProblem);
    await engine.prefill({ session: 'a.sql', prompt: { segments: [] } });
    const written = (): string[] => fs.readFileSync(file, 'utf8').trimEnd().split('\n');
    while (!fs.existsSync(file) || written().length < 2) await new Promise(setImmediate);
    const lines = written().map((line) => JSON.parse(line) as { kind: string; statistics: object });
    assert.deepEqual(
      lines.map(({ kind }) => kind),
      ['prefill', 'complete'],
    );
    for (const key of ['reused', 'cropped', 'evaluated', 'drafted', 'accepted', 'decoded', 'restored'])
      assert.ok(key in (lines[0]?.statistics ?? {}));
  });

  it('says once that the trace cannot be written, and goes on without', async () => {
    const records = new RequestRecords();
    const engine = recorded(new ScriptedEngine(), records);
    const problem = new Promise<string>((resolve) =>
      records.traceTo(path.join(folder, 'no', 'such', 'folder'), resolve),
    );
    assert.match(await problem, /traceFile/);
    await engine.prefill({ session: 'a.sql', prompt: { segments: [] } });
    assert.equal(records.recent.length, 1);
  });
});
