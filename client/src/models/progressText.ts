/** The text of a download's notification: bytes so far, rate, time left. */
import { gigabytes, type DownloadProgress } from './download';

/**
 * The rate is an average over this many milliseconds. A shorter time makes it jump; a longer one follows a changed
 * network too slowly.
 */
const windowMs = 8000;

/** Follows one download. The caller passes the time, in milliseconds from any beginning. */
export class ProgressText {
  #samples: { readonly at: number; readonly received: number }[] = [];
  #state: DownloadProgress['state'] | undefined;

  /** @returns one line, such as `412 MB of 1.6 GB, 8.2 MB/s, 2 min left` */
  next({ state, received, total }: DownloadProgress, at: number): string {
    const last = this.#samples.at(-1);
    // The rate counts only bytes received now: not those of an earlier run, nor those thrown away.
    if (state !== this.#state || received < (last?.received ?? 0)) this.#samples = [];
    this.#state = state;
    this.#samples.push({ at, received });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > windowMs) this.#samples.shift();
    const amount = `${gigabytes(received)} of ${gigabytes(total)}`;
    switch (state) {
      case 'checking':
        return `${amount} were on the disk already, checking them`;
      case 'retrying':
        return `${amount}, the connection broke, trying again`;
      case 'elsewhere':
        return `${amount}${this.#rate(total)}, in another window`;
      case 'receiving':
        return `${amount}${this.#rate(total)}`;
    }
  }

  #rate(total: number): string {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < 1000 || last.received <= first.received) return '';
    const perSecond = ((last.received - first.received) * 1000) / (last.at - first.at);
    return `, ${(perSecond / 1e6).toFixed(1)} MB/s, ${duration((total - last.received) / perSecond)} left`;
  }
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
