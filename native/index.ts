/**
 * Finds the best runtime for this machine and loads it. The only file that knows platforms and GPU backends. types.ts
 * says what the loaded addon can do.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { loadBinding, pluginFile } from './binding';
import { NativeError, type BackendName, type Device, type RuntimeChoice, type RuntimeOptions } from './types';

export * from './types';

type GpuBackend = Exclude<BackendName, 'cpu'>;
type Probe = { readonly devices: readonly Device[] } | { readonly error: string };

const probeMilliseconds = 20_000;
const titles: Record<BackendName, string> = { cpu: 'CPU', vulkan: 'Vulkan', cuda: 'CUDA', metal: 'Metal' };

/** Best first. A backend without a plugin beside the addon is left out. */
function gpuBackends(directory: string): GpuBackend[] {
  const order: GpuBackend[] = process.platform === 'darwin' ? ['metal'] : ['cuda', 'vulkan'];
  return order.filter((backend) => existsSync(pluginFile(directory, backend)));
}

/** Tries a backend in a child process, so that a driver that crashes or hangs does not end this process. */
function probe(options: RuntimeOptions, backend: GpuBackend): Promise<Probe> {
  const settings = {
    timeout: probeMilliseconds,
    killSignal: 'SIGKILL' as const,
    windowsHide: true,
    // The current folder is the runtime's own, because drivers and loaders may look for libraries there.
    cwd: options.directory,
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  };
  const args = [options.probePath, options.directory, backend];
  return new Promise((resolve) => {
    execFile(process.execPath, args, settings, (error, stdout) => {
      const line = stdout.trim().split('\n').at(-1) ?? '';
      if (error?.killed) {
        resolve({ error: `its driver did not answer within ${probeMilliseconds / 1000} s` });
      } else if (line.startsWith('{')) {
        resolve(JSON.parse(line) as Probe);
      } else {
        resolve({
          error: `its driver ended the trial process (${error?.signal ?? error?.message.split('\n')[0] ?? 'no answer'})`,
        });
      }
    });
  });
}

/** Why a backend is not used; undefined when it can be. */
function objection(backend: GpuBackend, found: Probe, explicit: boolean): string | undefined {
  if ('error' in found) return found.error;
  const gpus = found.devices.filter((device) => device.type !== 'cpu');
  if (gpus.length === 0) return `no ${titles[backend]} device was found`;
  // Software rendering is a device too, but slower than the CPU backend: use it only when asked for by name.
  if (
    !explicit &&
    gpus.every((device) => /llvmpipe|lavapipe|swiftshader|software/i.test(device.description))
  ) {
    return `its only device is software (${gpus[0]?.description ?? ''})`;
  }
  return undefined;
}

/**
 * Loads the addon with the given backend, or for 'auto' with the best one that works here.
 * @throws NativeError ERR_RUNTIME when the addon cannot be loaded, or the given backend does not work
 */
export async function loadRuntime(options: RuntimeOptions): Promise<RuntimeChoice> {
  const { directory, backend: wanted } = options;
  const addon = loadBinding(directory);
  const rejected: { backend: BackendName; reason: string }[] = [];
  const candidates = wanted === 'auto' ? gpuBackends(directory) : wanted === 'cpu' ? [] : [wanted];

  for (const backend of candidates) {
    const file = pluginFile(directory, backend);
    const explicit = wanted !== 'auto';
    let reason = existsSync(file)
      ? objection(backend, await probe(options, backend), explicit)
      : 'its library does not come with this build of the extension';
    if (reason === undefined) {
      try {
        await addon.loadBackend(file);
        addon.loadProcessorBackend(directory);
        return { addon, backend, reason: describe(backend, explicit, rejected), rejected };
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
    }
    if (explicit) {
      throw new NativeError(
        'ERR_RUNTIME',
        `${titles[backend]} cannot be used (${reason}); install its driver or choose another backend.`,
      );
    }
    rejected.push({ backend, reason });
  }
  addon.loadProcessorBackend(directory);
  return { addon, backend: 'cpu', reason: describe('cpu', wanted === 'cpu', rejected), rejected };
}

function describe(backend: BackendName, explicit: boolean, rejected: RuntimeChoice['rejected']): string {
  const others = rejected.map(
    (other) => `${titles[other.backend]} was not used: ${other.reason.replace(/[.;]$/, '')}`,
  );
  const why = explicit
    ? 'as the settings ask'
    : backend === 'cpu'
      ? 'as no GPU can be used'
      : 'as the best that works here';
  return `The model runs on ${titles[backend]}, ${[why, ...others].join('; ')}.`;
}
