/** Types of paths.mjs, for the end-to-end tests. */
export declare function vsixPath(root: string): string;
export declare function chromiumBinary(): string | undefined;
