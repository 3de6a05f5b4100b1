/**
 * Sends long prompt segments over the socket once. Later prompts name them by a number, so that a schema of 100 KB does not
 * travel with every key. One table for each connection.
 */
import type { MessageConnection, NotificationType } from 'vscode-jsonrpc';
import type { Segment } from '../engine';
import { defineNotification, forgetNotification, type WireSegment } from '../wire/messages';

const worthNaming = 256;
const rememberedSegments = 64;

export class SegmentReferences {
  readonly #connection: Pick<MessageConnection, 'sendNotification'>;
  readonly #ids = new Map<string, number>();
  #nextId = 1;

  constructor(connection: Pick<MessageConnection, 'sendNotification'>) {
    this.#connection = connection;
  }

  /** The segments as they are sent, long ones as numbers. Sends the text of a new long one before. */
  wire(segments: readonly Segment[]): WireSegment[] {
    // The last segment changes with every key, so a number for it would be used once.
    return segments.map((segment, i) =>
      typeof segment !== 'string' || segment.length < worthNaming || i === segments.length - 1
        ? segment
        : { ref: this.#id(segment) },
    );
  }

  #id(text: string): number {
    const id = this.#ids.get(text) ?? this.#nextId++;
    if (!this.#ids.has(text)) this.#send(defineNotification, { id, text });
    this.#ids.delete(text);
    this.#ids.set(text, id);
    if (this.#ids.size > rememberedSegments) {
      const oldest = this.#ids.entries().next();
      if (!oldest.done) {
        this.#ids.delete(oldest.value[0]);
        this.#send(forgetNotification, { id: oldest.value[1] });
      }
    }
    return id;
  }

  /** Errors are ignored: when the connection is lost, the request that follows fails. */
  #send<P>(type: NotificationType<P>, params: P): void {
    this.#connection.sendNotification(type.method, params).catch(() => undefined);
  }
}
