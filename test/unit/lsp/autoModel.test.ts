/** "auto" put into effect: what is measured is kept for all windows, decides the next time, and can be forgotten. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EngineStatus } from '../../../server/src/engine/engine';
import { noWork } from '../../../server/src/engine/totals';
import { AutoModel, type AutoModelHost } from '../../../server/src/lsp/autoModel';
import { temporaryFolders } from '../support/folders';
import { ScriptedEngine } from '../support/scriptedEngine';

const megabyte = 1e6;

describe('AutoModel', () => {
  const temporaryFolder = temporaryFolders();

  /** A folder with models of these sizes, holes all of them. */
  function folder(models: Readonly<Record<string, number>>): string {
    const storagePath = temporaryFolder();
    fs.mkdirSync(path.join(storagePath, 'models'));
    for (const [name, megabytes] of Object.entries(models)) {
      const file = fs.openSync(path.join(storagePath, 'models', name), 'w');
      fs.ftruncateSync(file, megabytes * megabyte);
      fs.closeSync(file);
    }
    return storagePath;
  }
  function open(
    storagePath: string,
    settings: AutoModelHost['settings'],
  ): { readonly window: AutoModel; readonly log: string[] } {
    const log: string[] = [];
    const host = {
      storagePath,
      settings,
      learnt: {},
      memory: 16e9,
      log: (text: string) => void log.push(text),
    };
    return { window: new AutoModel(() => host), log };
  }
  const ready = (name: string, notice?: string): EngineStatus => {
    const { status } = new ScriptedEngine();
    assert.ok(status.state === 'ready');
    return { ...status, model: { ...status.model, name }, ...(notice === undefined ? {} : { notice }) };
  };
  /** A request that read and wrote at these rates. */
  const ran = (prefill: number, decode: number) => ({
    statistics: { ...noWork, evaluated: 100, prefillMs: 1e5 / prefill, decoded: 10, decodeMs: 1e4 / decode },
  });
  const both = { model: 'auto', questionModel: 'auto' };

  it('chooses by what other windows measured, and says why', () => {
    const storagePath = folder({ 'half.gguf': 531, 'chatty-instruct.gguf': 1117, 'half.gguf.part': 2 });
    const [half, chatty] = ['half.gguf', 'chatty-instruct.gguf'].map((name) =>
      path.join(storagePath, 'models', name),
    );
    const first = open(storagePath, both);
    assert.deepEqual(first.window.choose(), { model: '', questionModel: '' });
    first.window.measured('', ready('SQL Ahead starter'), ran(6000, 900));
    first.window.measured(half ?? '', ready('Qwen 0.5B'), ran(200, 37));
    first.window.measured(chatty ?? '', ready('Qwen 1.5B Instruct'), ran(80, 21));
    first.window.save();
    const second = open(storagePath, both);
    assert.deepEqual(second.window.choose(), { model: half, questionModel: chatty });
    assert.deepEqual(second.log, [
      'half for ghost text: 37 tokens a second here; chatty-instruct would take 0.8 s.',
      'chatty-instruct for questions: 21 tokens a second here.',
    ]);
    assert.match(second.window.text(), /half\.gguf: reads 200 and writes 37\.0 tokens a second/);
    assert.match(second.window.text(), /Chosen by "auto":\n\nhalf for ghost text/);
  });

  it('leaves what a person chose', () => {
    const storagePath = folder({ 'half.gguf': 531 });
    const { window, log } = open(storagePath, { model: '/my/own.gguf', questionModel: '' });
    window.measured('', ready('SQL Ahead starter'), ran(6000, 900));
    assert.deepEqual(window.choose(), { model: '/my/own.gguf', questionModel: '' });
    assert.deepEqual([window.isWanted, log], [false, []]);
  });

  it('measures neither short requests nor a model that runs otherwise than asked for', () => {
    const { window } = open(folder({}), both);
    window.measured('', ready('a'), {
      statistics: { ...noWork, evaluated: 3, prefillMs: 1, decoded: 1, decodeMs: 1 },
    });
    window.measured('/b.gguf', ready('b', 'on the CPU'), ran(100, 10));
    assert.equal(window.text(), '');
  });

  it('measures in memory where nothing can be written', () => {
    const noFolder = path.join(temporaryFolder(), 'file');
    fs.writeFileSync(noFolder, '');
    const { window } = open(noFolder, both);
    window.measured('', ready('SQL Ahead starter'), ran(6000, 900));
    assert.deepEqual(window.choose(), { model: '', questionModel: '' });
    assert.match(window.text(), /Chosen by "auto"/);
  });

  it('forgets, and takes a damaged file for none', async () => {
    const storagePath = folder({});
    const { window } = open(storagePath, both);
    window.measured('', ready('SQL Ahead starter'), ran(6000, 900));
    assert.match(window.text(), /writes 900/);
    await window.forget();
    assert.equal(window.text(), '');
    for (const damaged of ['', '[]', 'null', '{"models":{"/x":{"name":1}},"chosen":{"questions":7}}']) {
      fs.writeFileSync(path.join(storagePath, 'rates.json'), damaged);
      assert.deepEqual(window.choose(), { model: '', questionModel: '' }, damaged);
    }
  });
});
