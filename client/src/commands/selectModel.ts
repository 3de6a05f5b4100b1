/** `sqlAhead.selectModel`: picks a GGUF file, or goes back to the starter model, and writes it into the user's settings. */
import * as vscode from 'vscode';
import { plain } from '../../../server/src/plain';
import { section } from '../config';

const file: vscode.QuickPickItem = {
  label: '$(file) A GGUF file…',
  detail: 'Qwen2.5-Coder 0.5B to 7B, or another causal text model; it stays where it is.',
};
const starter: vscode.QuickPickItem = {
  label: '$(rocket) The starter model',
  detail: 'Comes with the extension: small, quick, needs no GPU.',
};

export function registerSelectModel(): vscode.Disposable {
  return vscode.commands.registerCommand('sqlAhead.selectModel', async () => {
    const configuration = vscode.workspace.getConfiguration(section);
    const current = configuration.get<string>('model', '');
    const picked = await vscode.window.showQuickPick([file, starter], {
      title: 'Pick a Model',
      placeHolder: current === '' ? 'Now: the starter model' : plain(`Now: ${current}`),
    });
    if (picked === starter) await write(configuration, undefined);
    if (picked !== file) return;
    const [chosen] =
      (await vscode.window.showOpenDialog({
        title: 'Pick a Model File',
        openLabel: 'Use',
        canSelectMany: false,
        filters: { 'GGUF models': ['gguf'] },
        ...(current === '' ? {} : { defaultUri: vscode.Uri.file(current) }),
      })) ?? [];
    if (chosen) await write(configuration, chosen.fsPath);
  });
}

async function write(configuration: vscode.WorkspaceConfiguration, model: string | undefined): Promise<void> {
  await configuration.update('model', model, vscode.ConfigurationTarget.Global);
}
