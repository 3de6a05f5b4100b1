/** Receives what the person accepted, and serves two requests: show what was learnt from use, and forget it. */
import { forgetSnapshots } from '../engine/snapshotFolder';
import { errorMessage } from '../errors';
import type { ServerContext } from '../lsp/context';
import { refusal } from '../lsp/problems';
import { cacheOf } from '../schema/catalogCache';
import { acceptedNotification, forgetLearntRequest, learntRequest, type AcceptedParams } from '../protocol';

export function registerLearning(context: ServerContext): undefined {
  const { autoModel, connection, learning } = context;
  context.onInitialized(() => void learning.load());
  context.documents.onDidChangeContent(({ document }) => learning.changed(document));
  context.onDidChangeSettings((before, after) => {
    if (before.learning.enabled && !after.learning.enabled) learning.stop();
  });
  context.onShutdown(async () => {
    learning.stop();
    await learning.save();
  });
  connection.onNotification(acceptedNotification, (params: AcceptedParams) => learning.accepted(params));
  connection.onRequest(learntRequest, async () => (await learning.text()) + autoModel.text());
  connection.onRequest(forgetLearntRequest, async () => {
    try {
      await learning.forget();
      await autoModel.forget();
      const { storagePath } = context.options;
      await cacheOf(storagePath).forget();
      await forgetSnapshots(storagePath);
    } catch (error) {
      throw refusal(
        `What is stored could not be removed; delete the folder ${context.options.storagePath} by hand: ${errorMessage(error)}`,
      );
    }
  });
}
