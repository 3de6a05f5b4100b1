/**
 * Gets the settings (section `sqlAhead`) in the ways that LSP has. The server asks a client that can answer
 * `workspace/configuration`, at the start and after each change. From other clients it takes the settings that they
 * push. A missing setting has its default. The person is told once about a value that cannot be used.
 */
import {
  DidChangeConfigurationNotification,
  type ClientCapabilities,
  type Connection,
} from 'vscode-languageserver';
import { defaultSettings, readSettings, sectionIn, settingsSection, type Settings } from '../settings';
import { differ } from './context';
import type { Problems } from './problems';

/** The start waits this long (milliseconds) for the client's first answer. A later answer counts when it comes. */
const firstAnswerMs = 5000;

export class Configuration {
  readonly #connection: Connection;
  readonly #problems: Problems;
  readonly #changed: (before: Settings, after: Settings) => void;
  #settings = defaultSettings;
  #told: readonly string[] = [];
  #scopeUri: string | undefined;
  #isAsked = false;
  #questions = 0;

  /** @param changed called when settings have changed, but not before `start` is done */
  constructor(
    connection: Connection,
    problems: Problems,
    changed: (before: Settings, after: Settings) => void,
  ) {
    this.#connection = connection;
    this.#problems = problems;
    this.#changed = changed;
    // Any client may have sent these parameters: they may be missing, and the settings may have any shape.
    connection.onDidChangeConfiguration((params?: { settings?: unknown }) => {
      if (this.#isAsked) void this.#ask();
      else this.#take(sectionIn(params?.settings));
    });
  }

  get settings(): Settings {
    return this.#settings;
  }

  /**
   * Gets the settings for the first time.
   * @param given the settings in `initialize`, if any
   * @param scopeUri the workspace folder, which may have settings of its own
   */
  async start(client: ClientCapabilities, given: unknown, scopeUri: string | undefined): Promise<void> {
    this.#scopeUri = scopeUri;
    this.#isAsked = client.workspace?.configuration === true;
    if (!this.#isAsked) {
      if (given !== undefined) this.#take(given);
      return;
    }
    if (client.workspace?.didChangeConfiguration?.dynamicRegistration === true)
      void this.#problems.guard(
        () =>
          this.#connection.client.register(DidChangeConfigurationNotification.type, {
            section: settingsSection,
          }),
        undefined,
      );
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, firstAnswerMs)));
    await Promise.race([this.#ask(), limit]);
    clearTimeout(timer);
  }

  async #ask(): Promise<void> {
    const question = ++this.#questions;
    const scope = this.#scopeUri === undefined ? {} : { scopeUri: this.#scopeUri };
    const section = await this.#problems.guard(
      (): Promise<unknown> =>
        this.#connection.workspace.getConfiguration({ ...scope, section: settingsSection }),
      undefined,
    );
    // Ignore a late answer to an older question: it is out of date.
    if (question === this.#questions) this.#take(section);
  }

  #take(section: unknown): void {
    const before = this.#settings;
    const { settings, problems } = readSettings(section);
    for (const problem of problems) if (!this.#told.includes(problem)) this.#problems.say(problem);
    this.#told = problems;
    this.#settings = settings;
    if (differ(before, settings)) this.#changed(before, settings);
  }
}
