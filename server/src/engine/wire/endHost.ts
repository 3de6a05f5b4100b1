/**
 * Kills an engine host that hangs. The system may have given its process number to another program meanwhile, so we first
 * look at the process's command line: a host has its endpoint there.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const lookMs = 10_000;

/** True when the process was a host of this endpoint and has been told to end. */
export function endHost(pid: number, endpoint: string): boolean {
  if (pid === process.pid || !commandLine(pid).includes(path.basename(endpoint))) return false;
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false; // it has ended, or belongs to somebody else
  }
}

/** The command line of a process; empty when there is no such process. */
function commandLine(pid: number): string {
  const look = (command: string, ...args: string[]): string =>
    execFileSync(command, args, {
      encoding: 'utf8',
      timeout: lookMs,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const number = pid.toString();
  try {
    if (process.platform === 'linux') return fs.readFileSync(`/proc/${number}/cmdline`, 'utf8');
    if (process.platform !== 'win32') return look('/bin/ps', '-ww', '-o', 'command=', '-p', number);
    const query = `(Get-CimInstance Win32_Process -Filter "ProcessId=${number}").CommandLine`;
    const system = process.env['SystemRoot'] ?? 'C:\\Windows';
    const powershell = path.join(system, 'System32', 'WindowsPowerShell', 'v1.0', 'powershell.exe');
    return look(powershell, '-NoProfile', '-NonInteractive', '-Command', query);
  } catch {
    return '';
  }
}
