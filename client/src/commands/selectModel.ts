/**
 * `sqlAhead.selectModel` and `sqlAhead.removeModel`: offer the models of our list, those that other programs keep on
 * this disk, a file, or a server. A model that is not on the disk is downloaded first, while the model in use goes on
 * serving. Then the user's settings name the new one, and the server changes over by itself.
 */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { plain } from '../../../server/src/plain';
import { section, settingsOf } from '../config';
import { complain, confirm, inform } from '../messages';
import { download, gigabytes } from '../models/download';
import { findLocalModels } from '../models/localModels';
import { localChoice, presetChoice } from '../models/modelChoices';
import { ModelError } from '../models/modelError';
import { removeModel, roomFor, storedModels } from '../models/modelFolder';
import { ProgressText } from '../models/progressText';
import { presetPath, presetUrl, readPresets, type Preset, type Presets } from '../models/presets';

/**
 * Environment variable with the path of another list of models: for tests, and for people who keep models of their own.
 */
const presetsVariable = 'SQL_AHEAD_MODEL_PRESETS';
/** The notification is redrawn at most this often. */
const drawMs = 250;

/** One model writes ghost text; another may answer questions. */
const modelSettings = ['model', 'questionModel'] as const;
type ModelSetting = (typeof modelSettings)[number];
const now: Readonly<Record<ModelSetting, string>> = {
  model: 'Now: the starter model',
  questionModel: 'Now: the model that writes ghost text',
};

interface Choice extends vscode.QuickPickItem {
  readonly run?: () => Promise<void>;
}

/** The server chooses (server/src/lsp/autoModel.ts). */
const auto = 'auto';
const automatic = (setting: ModelSetting): Choice => ({
  label: '$(wand) Automatic',
  detail:
    'Among the models on this disk: by what was measured on this machine, and by what you kept of their suggestions.',
  run: () => use(setting, auto),
});

const sameForQuestions: Choice = {
  label: '$(arrow-left) The model that writes ghost text',
  detail: 'One model for all takes the least memory.',
  run: () => use('questionModel', undefined),
};

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
  /** The downloads that this window runs, by file. */
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

  /** Runs a command. Tells the person in one sentence why it failed. */
  async said(command: () => Promise<void>): Promise<void> {
    try {
      await command();
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      if (error.code !== 'ERR_MODEL_CANCELLED') complain(error.message);
    }
  }

  async pick(setting: ModelSetting = 'model'): Promise<void> {
    const current = valueOf(setting);
    const picked = await vscode.window.showQuickPick(this.#choices(setting), {
      title: setting === 'model' ? 'Pick a Model' : 'Pick a Model for Questions',
      placeHolder: current === '' ? now[setting] : plain(`Now: ${current}`),
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
      detail: settingsWith(file).length > 0 ? 'In use: the starter model takes its place.' : '',
      file,
    }));
    const picked = await vscode.window.showQuickPick(items, {
      title: 'Remove a Model',
      placeHolder: 'Downloaded models. Remove the models of another program in that program.',
    });
    if (!picked) return;
    const { file, description } = picked;
    const remove = 'Remove';
    if ((await confirm(`Remove ${path.basename(file)}?`, `Frees ${description}.`, remove)) !== remove) return;
    const running = this.#running.get(file);
    running?.controller.abort();
    await running?.ended.catch(() => undefined);
    for (const setting of settingsWith(file)) await use(setting, undefined);
    await removeModel(file);
  }

  async #choices(setting: ModelSetting): Promise<Choice[]> {
    const presets = loadPresets();
    const [stored, local, room] = await Promise.all([
      storedModels(this.#folder),
      findLocalModels(),
      roomFor(this.#folder),
    ]);
    const there = new Map(stored.map(({ file, bytes }) => [file, bytes]));
    const separator = (label: string): Choice => ({ label, kind: vscode.QuickPickItemKind.Separator });
    return [
      ...(setting === 'model' ? this.#forAll() : [sameForQuestions]),
      automatic(setting),
      separator('Qwen2.5-Coder'),
      ...presets.models.map((preset) => ({
        ...presetChoice(preset, there.get(presetPath(this.#folder, preset)) ?? 0, room),
        run: () => this.#usePreset(presets, preset, setting),
      })),
      ...(local.length === 0 ? [] : [separator('on this disk')]),
      ...local.map((model) => ({ ...localChoice(model, room), run: () => use(setting, model.file) })),
      separator('elsewhere'),
      {
        label: '$(file) A GGUF file…',
        detail: 'A causal text model whose cache can be cropped; it stays where it is.',
        run: () => useFile(setting),
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
              detail: 'Frees the disk space of a downloaded model.',
              run: () => this.remove(),
            },
          ]),
    ];
  }

  #forAll(): Choice[] {
    const questions = valueOf('questionModel');
    return [
      {
        label: '$(rocket) The starter model',
        detail: 'Comes with the extension: small, quick, needs no GPU.',
        run: () => use('model', undefined),
      },
      {
        label: '$(comment-discussion) Another model for questions…',
        detail: plain(questions === '' ? 'Now: the same for all.' : `Now: ${questions}`),
        run: () => this.pick('questionModel'),
      },
    ];
  }

  async #usePreset(presets: Presets, preset: Preset, setting: ModelSetting): Promise<void> {
    const file = presetPath(this.#folder, preset);
    if (this.#running.has(file)) return void inform(`${preset.name} is being downloaded already.`);
    const stored = await storedModels(this.#folder);
    if (!stored.some((model) => model.file === file && model.bytes === preset.bytes)) {
      if (!(await agree(presets, preset))) return;
      const before = valueOf(setting);
      await this.#download(presets, preset, file);
      // The person has picked another model meanwhile: leave that choice alone.
      if (valueOf(setting) !== before) return void inform(`${preset.name} is there: pick it to use it.`);
    }
    await use(setting, file);
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
    const { mirror } = settingsOf().models;
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

/** Shows a restrictive licence and asks whether to go on. @returns whether the download may begin */
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

async function useFile(setting: ModelSetting): Promise<void> {
  const current = valueOf(setting);
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: 'Pick a Model File',
      openLabel: 'Use',
      canSelectMany: false,
      filters: { 'GGUF models': ['gguf'] },
      ...(current === '' || current === auto ? {} : { defaultUri: vscode.Uri.file(current) }),
    })) ?? [];
  if (chosen) await use(setting, chosen.fsPath);
}

async function show(command: string, ...args: unknown[]): Promise<void> {
  await vscode.commands.executeCommand(command, ...args);
}

const configuration = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration(section);
const valueOf = (setting: ModelSetting): string => settingsOf()[setting];
const settingsWith = (file: string): ModelSetting[] => modelSettings.filter((one) => valueOf(one) === file);

async function use(setting: ModelSetting, model: string | undefined): Promise<void> {
  await configuration().update(setting, model, vscode.ConfigurationTarget.Global);
}
