/** Turns LSP's cancellation into an AbortSignal, which everything below the handlers uses. */
import type { CancellationToken } from 'vscode-jsonrpc';

export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
