/** What sqlahead.node exports: the contract's Addon and what only its loader needs. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { NativeError, type Addon, type NativeErrorCode } from './types';

export interface Binding extends Addon {
  /** Registers a backend plugin; resolves with its number of devices. @throws NativeError ERR_RUNTIME */
  loadBackend(file: string): Promise<number>;
  /** Of the CPU plugins in a folder, loads the best one for this processor. @throws NativeError ERR_RUNTIME */
  loadProcessorBackend(directory: string): void;
  setErrorClass(errorClass: new (code: NativeErrorCode, message: string) => Error): void;
}

/** Loads the addon of a runtime folder. @throws NativeError ERR_RUNTIME */
export function loadBinding(directory: string): Binding {
  const file = path.resolve(directory, 'sqlahead.node');
  try {
    const binding = createRequire(file)(file) as Binding;
    binding.setErrorClass(NativeError);
    return binding;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    const message = `The native addon could not be loaded (${reason}); install the extension for this platform, or run "npm run build:native".`;
    throw new NativeError('ERR_RUNTIME', message, { cause: error });
  }
}

/** Where a GPU backend's plugin lies. Its folder is not the CPU plugins' one: those are loaded by folder. */
export function pluginFile(directory: string, backend: string): string {
  const names: Partial<Record<NodeJS.Platform, string>> = {
    win32: `ggml-${backend}.dll`,
    darwin: `libggml-${backend}.dylib`,
  };
  return path.resolve(directory, 'gpu', names[process.platform] ?? `libggml-${backend}.so`);
}
