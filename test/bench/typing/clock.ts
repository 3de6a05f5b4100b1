/** Milliseconds on the clock that every process of the machine shares. */
export const clock = (): number => Number(process.hrtime.bigint()) / 1e6;
