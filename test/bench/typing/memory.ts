/** Resident memory of processes; Linux only, 0 elsewhere. */
import { readdirSync, readFileSync } from 'node:fs';

/** Bytes a process and everything it started hold in memory. */
export function residentBytes(pid: number): number {
  try {
    const own = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid.toString()}/status`, 'utf8'));
    const children = readdirSync(`/proc/${pid.toString()}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid.toString()}/task/${task}/children`, 'utf8')
        .split(' ')
        .filter((child) => child !== ''),
    );
    return children.reduce((sum, child) => sum + residentBytes(Number(child)), Number(own?.[1] ?? 0) * 1024);
  } catch {
    return 0;
  }
}
