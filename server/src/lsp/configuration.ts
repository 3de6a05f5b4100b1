/**
 * The section `sqlAhead` in the ways that LSP has for it. A client that answers `workspace/configuration` is asked, at
 * the start and whenever it says that something changed; from any other what it pushes counts. Where nothing comes, the
 * defaults hold. What cannot be taken as it is, the person is told once.
 */
import {
  DidChangeConfigurationNotification,
  type ClientCapabilities,
  type Connection,
} from 'vscode-languageserver';
import { defaultSettings, readSettings, sectionIn, settingsSection, type Settings } from '../settings';
import { differ } from './context';
import type { Problems } from './problems';

/** A client that does not answer is not waited for any longer; its answer counts when it comes. */
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

  /** @param changed called when settings have become others, but not before `start` is done */
  constructor(
    connection: Connection,
    problems: Problems,
    changed: (before: Settings, after: Settings) => void,
  ) {
    this.#connection = connection;
    this.#problems = problems;
    this.#changed = changed;
    // The parameters come from any client: there may be none, or settings of any shape.
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
   * @param given what `initialize` said
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
    // An older answer that comes late knows less.
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
