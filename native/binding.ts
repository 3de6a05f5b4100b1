/**
 * Loads sqlahead.node. Its type has the contract's Addon, and the functions that only native/index.ts and the probe
 * need.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { NativeError, type Addon, type NativeErrorCode } from './types';

export interface Binding extends Addon {
  /** Registers a backend plugin. Resolves with its number of devices. @throws NativeError ERR_RUNTIME */
  loadBackend(file: string): Promise<number>;
  /** Loads the best CPU plugin for this processor from a folder. @throws NativeError ERR_RUNTIME */
  loadProcessorBackend(directory: string): void;
  setErrorClass(errorClass: new (code: NativeErrorCode, message: string) => Error): void;
}

/** Loads the addon from a runtime folder. @throws NativeError ERR_RUNTIME */
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

/** Path of a GPU backend's plugin. GPU plugins have a folder of their own, because CPU plugins are loaded by folder. */
export function pluginFile(directory: string, backend: string): string {
  const names: Partial<Record<NodeJS.Platform, string>> = {
    win32: `ggml-${backend}.dll`,
    darwin: `libggml-${backend}.dylib`,
  };
  return path.resolve(directory, 'gpu', names[process.platform] ?? `libggml-${backend}.so`);
}
