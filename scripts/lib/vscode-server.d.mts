/** Types of vscode-server.mjs, for the end-to-end tests. */
export interface VscodeServer {
  readonly url: string;
  readonly host: string;
  readonly pid: number;
  readonly exited: Promise<unknown>;
  readonly logFile: string;
  stop(): Promise<void>;
}
export declare const quietSettings: Readonly<Record<string, unknown>>;
export declare function ensureVscodeServer(root: string, say: (text: string) => void): void;
export declare function startVscodeServer(options: {
  readonly root: string;
  readonly node: string;
  readonly data: string;
  readonly vsix?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
  readonly workspaceTrust?: boolean;
}): Promise<VscodeServer>;
export declare function workbenchAddress(server: VscodeServer, folder: string, file?: string): string;
