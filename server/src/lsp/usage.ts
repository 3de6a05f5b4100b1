/**
 * Learning from use, for all documents of a window. Tells learning/offers.ts what was shown and accepted, and keeps the
 * counts in a file in the server's storage. Off when the client cannot tell what was accepted.
 */
import type { InlineCompletionItem, TextDocuments } from 'vscode-languageserver';
import type { Engine } from '../engine/engine';
import { countsOf, ordered, threshold, type Counts, type Learnt } from '../learning/counts';
import { Offers } from '../learning/offers';
import { learntText } from '../learning/page';
import { LearningStore } from '../learning/store';
import { acceptedCommand, type AcceptedParams } from '../protocol';
import type { Catalog } from '../schema/catalog';
import type { Settings } from '../settings';
import { positionKind, type PositionKind } from '../suggest/positionKind';
import type { SqlDocument } from './documents';
import type { Problems } from './problems';
import type { StartOptions } from './startOptions';

/** Waits this many milliseconds, to write several counts at once. */
const saveAfterMs = 5000;

/** What it needs from the server; its context (context.ts) has it. */
interface Surroundings {
  readonly documents: TextDocuments<SqlDocument>;
  readonly engine: Engine | undefined;
  /** The engine of questions, once a question has loaded it. */
  readonly loadedQuestions: Engine | undefined;
  readonly catalog: Pick<Catalog, 'canValidate'>;
  readonly problems: Problems;
  readonly options: StartOptions;
  readonly settings: Settings;
}

export class Learning {
  readonly #context: Surroundings;
  readonly #offers: Offers;
  #store: LearningStore | undefined;
  #loaded: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: Surroundings) {
    this.#context = context;
    this.#offers = new Offers({
      now: () => performance.now(),
      after: (milliseconds, work) => {
        const timer = setTimeout(work, milliseconds).unref();
        return () => clearTimeout(timer);
      },
      textOf: (uri) => context.documents.get(uri)?.text,
      count: (model, kind, counts) => this.#count(model, kind, counts),
    });
  }

  /** The threshold below which no suggestion is shown, when this text stands before the cursor. */
  minimumConfidence(before: string): number {
    const minimum = this.#minimum;
    return this.#isOn ? threshold(minimum, this.#countsAt(positionKind(before))) : minimum;
  }

  /** The client is about to show these items. @returns them in learnt order; each tells when the person accepts it */
  offered(
    document: SqlDocument,
    offset: number,
    items: InlineCompletionItem[],
    milliseconds: number,
  ): InlineCompletionItem[] {
    if (!this.#isOn) return items;
    if (items.length === 0) {
      this.#offers.gone();
      return items;
    }
    const ranked = items.map((item, rank) => ({ item, rank }));
    const { text, uri } = document;
    const from = items[0]?.range ? document.offsetAt(items[0].range.start) : offset;
    const order = ordered(ranked, this.#countsAt(positionKind(text.slice(0, from))));
    const offer = this.#offers.shown({
      uri,
      text,
      from,
      items: order.map(({ item, rank }) => ({
        insert: typeof item.insertText === 'string' ? item.insertText : item.insertText.value,
        to: item.range ? document.offsetAt(item.range.end) : offset,
        rank,
      })),
      model: this.#modelAt(positionKind(text.slice(0, from))),
      milliseconds,
    });
    return order.map(({ item }, index) => {
      const params: AcceptedParams = { offer, index };
      return { ...item, command: { title: 'Accepted', command: acceptedCommand, arguments: [params] } };
    });
  }

  accepted({ offer, index }: AcceptedParams): void {
    if (this.#isOn) this.#offers.accepted(offer, index);
  }

  /** The text has changed: the person may have accepted a part of a suggestion. */
  changed({ uri, text }: SqlDocument): void {
    if (this.#isOn) this.#offers.changed(uri, text);
  }

  /** Reads what was kept; once, whoever asks first. */
  load(): Promise<void> {
    this.#store ??= new LearningStore(this.#context.options.storagePath);
    return (this.#loaded ??= this.#store.load());
  }

  /** As far as it was read. */
  get learnt(): Learnt {
    return this.#store?.learnt ?? {};
  }

  async text(): Promise<string> {
    await this.save();
    // Another window may have changed or removed the file.
    await this.#store?.load();
    return learntText(this.learnt, this.#minimum);
  }

  async forget(): Promise<void> {
    this.#offers.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#store?.forget();
  }

  /** Writes the counts. When it cannot, it keeps them in memory and logs that once. */
  async save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#context.problems.guard(() => this.#store?.save(), undefined);
  }

  stop(): void {
    this.#offers.clear();
  }

  get #isOn(): boolean {
    const { options, settings } = this.#context;
    return options.tellsAcceptance && settings.learning.enabled;
  }

  get #minimum(): number {
    return this.#context.settings.inlineCompletion.minimumConfidence;
  }

  /** Statements that comments ask for are the other model's, where there is one and a database to ask. */
  #modelAt(kind: PositionKind): string {
    const { engine, loadedQuestions, catalog } = this.#context;
    const isOther = kind === 'statement' && catalog.canValidate && loadedQuestions?.status.state === 'ready';
    const status = (isOther ? loadedQuestions : engine)?.status;
    return status?.state === 'ready' ? status.model.name : '';
  }

  #countsAt(kind: PositionKind): Counts {
    return countsOf(this.learnt, this.#modelAt(kind), kind);
  }

  #count(model: string, kind: PositionKind, counts: Counts): void {
    this.#store?.add({ [model]: { [kind]: counts } });
    this.#timer ??= setTimeout(() => void this.save(), saveAfterMs).unref();
  }
}
