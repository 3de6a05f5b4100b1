/** Types of llama-release.mjs, for the benchmarks. */
export declare const llamaRelease: string;
