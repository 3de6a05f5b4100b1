/** LSP's and JSON-RPC's cancellation as the AbortSignal that everything below the edge knows. */
import type { CancellationToken } from 'vscode-jsonrpc';

export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
