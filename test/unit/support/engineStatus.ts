/** Waits until an engine reports a certain status. */
import type { Engine, EngineStatus } from '../../../server/src/engine/engine';

/** The engine's status as soon as the condition holds, the present one included. */
export function untilStatus(
  engine: Pick<Engine, 'status' | 'onDidChangeStatus'>,
  condition: (status: EngineStatus) => boolean,
): Promise<EngineStatus> {
  return new Promise((resolve) => {
    const look = (status: EngineStatus): void => {
      if (!condition(status)) return;
      stop();
      resolve(status);
    };
    const stop = engine.onDidChangeStatus(look);
    look(engine.status);
  });
}
