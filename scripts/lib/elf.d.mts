export declare const ownFolder: string;
export interface Elf {
  readonly needed: readonly string[];
  readonly searchPath: readonly string[] | undefined;
  readonly bindNow: boolean;
  readonly bytes: Buffer;
}
export declare function readElf(file: string): Elf | undefined;
export declare function searchOwnFolder(file: string): void;
export declare function checkSearchPaths(folder: string): void;
