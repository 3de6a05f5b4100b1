/**
 * `sqlAhead.selectModel` and `sqlAhead.removeModel`: the models of the list, of other programs on this disk, of a file, or
 * of a server. What is not here is downloaded, while the model of before goes on serving; then the user's settings name
 * it, and the server changes over by itself.
 */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { plain } from '../../../server/src/plain';
import { section } from '../config';
import { complain, confirm, inform } from '../messages';
import { download, gigabytes } from '../models/download';
import { findLocalModels } from '../models/localModels';
import { localChoice, presetChoice } from '../models/modelChoices';
import { ModelError } from '../models/modelError';
import { removeModel, roomFor, storedModels } from '../models/modelFolder';
import { ProgressText } from '../models/progressText';
import { presetPath, presetUrl, readPresets, type Preset, type Presets } from '../models/presets';

/** File with another list of models; for tests, and for who keeps models of their own. */
const presetsVariable = 'SQL_AHEAD_MODEL_PRESETS';
/** A notification is drawn anew at most so often. */
const drawMs = 250;

interface Choice extends vscode.QuickPickItem {
  readonly run?: () => Promise<void>;
}

export function registerSelectModel(context: vscode.ExtensionContext): vscode.Disposable {
  const models = new Models(path.join(context.globalStorageUri.fsPath, 'models'));
  const { registerCommand } = vscode.commands;
  return vscode.Disposable.from(
    models,
    registerCommand('sqlAhead.selectModel', () => models.said(() => models.pick())),
    registerCommand('sqlAhead.removeModel', () => models.said(() => models.remove())),
  );
}

class Models {
  readonly #folder: string;
  /** Downloads of this window by file. */
  readonly #running = new Map<
    string,
    { readonly controller: AbortController; readonly ended: Promise<void> }
  >();

  constructor(folder: string) {
    this.#folder = folder;
  }

  dispose(): void {
    for (const { controller } of this.#running.values()) controller.abort();
  }

  /** Runs a command; what stands in the way is said in one sentence. */
  async said(command: () => Promise<void>): Promise<void> {
    try {
      await command();
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      if (error.code !== 'ERR_MODEL_CANCELLED') complain(error.message);
    }
  }

  async pick(): Promise<void> {
    const current = modelSetting();
    const picked = await vscode.window.showQuickPick(this.#choices(current), {
      title: 'Pick a Model',
      placeHolder: current === '' ? 'Now: the starter model' : plain(`Now: ${current}`),
      matchOnDescription: true,
      matchOnDetail: true,
    });
    await picked?.run?.();
  }

  async remove(): Promise<void> {
    const stored = await storedModels(this.#folder);
    if (stored.length === 0) return void inform('There is no downloaded model to remove.');
    const items = stored.map(({ file, bytes, isWhole }) => ({
      label: plain(path.basename(file)),
      description: isWhole ? gigabytes(bytes) : `${gigabytes(bytes)}, not whole`,
      detail: file === modelSetting() ? 'In use: the starter model takes its place.' : '',
      file,
    }));
    const picked = await vscode.window.showQuickPick(items, {
      title: 'Remove a Model',
      placeHolder: 'Downloaded models; those of other programs are theirs to remove',
    });
    if (!picked) return;
    const { file, description } = picked;
    const remove = 'Remove';
    if ((await confirm(`Remove ${path.basename(file)}?`, `Frees ${description}.`, remove)) !== remove) return;
    const running = this.#running.get(file);
    running?.controller.abort();
    await running?.ended.catch(() => undefined);
    if (file === modelSetting()) await use(undefined);
    await removeModel(file);
  }

  async #choices(current: string): Promise<Choice[]> {
    const presets = loadPresets();
    const [stored, local, room] = await Promise.all([
      storedModels(this.#folder),
      findLocalModels(),
      roomFor(this.#folder),
    ]);
    const there = new Map(stored.map(({ file, bytes }) => [file, bytes]));
    const separator = (label: string): Choice => ({ label, kind: vscode.QuickPickItemKind.Separator });
    return [
      {
        label: '$(rocket) The starter model',
        detail: 'Comes with the extension: small, quick, needs no GPU.',
        run: () => use(undefined),
      },
      separator('Qwen2.5-Coder'),
      ...presets.models.map((preset) => ({
        ...presetChoice(preset, there.get(presetPath(this.#folder, preset)) ?? 0, room),
        run: () => this.#usePreset(presets, preset),
      })),
      ...(local.length === 0 ? [] : [separator('on this disk')]),
      ...local.map((model) => ({ ...localChoice(model, room), run: () => use(model.file) })),
      separator('elsewhere'),
      {
        label: '$(file) A GGUF file…',
        detail: 'A causal text model whose cache can be cropped; it stays where it is.',
        run: () => useFile(current),
      },
      {
        label: '$(server) A server…',
        detail: 'llama-server, vLLM, SGLang and others; schema and text are sent there.',
        run: () => show('workbench.action.openSettings', `${section}.engine.remote`),
      },
      ...(stored.length === 0
        ? []
        : [
            {
              label: '$(trash) Remove a model…',
              detail: 'Frees the disk of what was downloaded.',
              run: () => this.remove(),
            },
          ]),
    ];
  }

  async #usePreset(presets: Presets, preset: Preset): Promise<void> {
    const file = presetPath(this.#folder, preset);
    if (this.#running.has(file)) return void inform(`${preset.name} is being downloaded already.`);
    const stored = await storedModels(this.#folder);
    if (!stored.some((model) => model.file === file && model.bytes === preset.bytes)) {
      if (!(await agree(presets, preset))) return;
      const before = modelSetting();
      await this.#download(presets, preset, file);
      // What the person chose meanwhile is newer.
      if (modelSetting() !== before) return void inform(`${preset.name} is there: pick it to use it.`);
    }
    await use(file);
  }

  async #download(presets: Presets, preset: Preset, file: string): Promise<void> {
    const controller = new AbortController();
    const ended = this.#downloadUntil(presets, preset, file, controller);
    this.#running.set(file, { controller, ended });
    try {
      await ended;
    } finally {
      this.#running.delete(file);
    }
  }

  async #downloadUntil(
    presets: Presets,
    preset: Preset,
    file: string,
    controller: AbortController,
  ): Promise<void> {
    const mirror = configuration().get<string>('models.mirror', '');
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: plain(`Downloading ${preset.name}`),
      cancellable: true,
    };
    await vscode.window.withProgress(options, (progress, token) => {
      token.onCancellationRequested(() => controller.abort());
      const text = new ProgressText();
      let drawn = { at: 0, received: 0 };
      return download({
        url: presetUrl(presets, preset, mirror),
        file,
        bytes: preset.bytes,
        sha256: preset.sha256,
        signal: controller.signal,
        onProgress: (now) => {
          const at = performance.now();
          if (now.state === 'receiving' && at - drawn.at < drawMs && now.received < now.total) return;
          const increment = Math.max(0, ((now.received - drawn.received) * 100) / now.total);
          drawn = { at, received: now.received };
          progress.report({ message: text.next(now, at), increment });
        },
      });
    });
  }
}

function loadPresets(): Presets {
  const file = process.env[presetsVariable] ?? '';
  if (file === '') return readPresets();
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ModelError('ERR_MODEL_PRESETS', `The list of models in ${file} cannot be read.`, { cause });
  }
  return readPresets(value);
}

/** Shows a licence that restricts, and asks. @returns whether the download may begin */
async function agree({ licences }: Presets, { name, licence }: Preset): Promise<boolean> {
  const terms = licences[licence];
  if (terms?.open === true) return true;
  const download = 'Download';
  const read = 'Read the Licence';
  for (;;) {
    const answer = await confirm(
      `${name} is under the licence "${licence}".`,
      `${terms?.text ?? ''} Download it only if you may use it on these terms.`,
      download,
      read,
    );
    if (answer !== read) return answer === download;
    await vscode.env.openExternal(vscode.Uri.parse(terms?.url ?? ''));
  }
}

async function useFile(current: string): Promise<void> {
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: 'Pick a Model File',
      openLabel: 'Use',
      canSelectMany: false,
      filters: { 'GGUF models': ['gguf'] },
      ...(current === '' ? {} : { defaultUri: vscode.Uri.file(current) }),
    })) ?? [];
  if (chosen) await use(chosen.fsPath);
}

async function show(command: string, ...args: unknown[]): Promise<void> {
  await vscode.commands.executeCommand(command, ...args);
}

const configuration = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration(section);
const modelSetting = (): string => configuration().get<string>('model', '');

async function use(model: string | undefined): Promise<void> {
  await configuration().update('model', model, vscode.ConfigurationTarget.Global);
}
