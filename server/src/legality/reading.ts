/**
 * A statement as it would stand with a candidate, read once for all rules: tokens, shape and names. No judgement here.
 */
import type { Schema } from '../schema/model';
import { SchemaNames } from '../schema/names';
import { judgeNames, type JudgedNames } from '../resolve/unknownNames';
import { readShape, type Frame, type Shape } from '../sql/shape/shape';
import { identifierName } from '../sql/tokens';

export class Reading {
  readonly shape: Shape;
  readonly names: SchemaNames;
  /** Tokens in lower case; "" for quoted ones and strings, so that they are never taken for words. */
  readonly raw: readonly string[];
  #judged: JudgedNames | undefined;

  /**
   * @param text one whole statement
   * @param to where what is judged ends; what stands behind it is text behind the cursor
   */
  constructor(
    readonly text: string,
    readonly to: number,
    readonly schema: Schema,
  ) {
    this.shape = readShape(text, { from: 0, to: text.length }, schema.dialect);
    this.names = SchemaNames.of(schema);
    this.raw = this.shape.tokens.map(({ kind, from, to: end }) =>
      kind === 'quoted' || kind === 'string' ? '' : text.slice(from, end).toLowerCase(),
    );
  }

  get judged(): JudgedNames {
    return (this.#judged ??= judgeNames(this.text, this.to, this.shape, this.schema));
  }

  /** Tokens that begin before `to`. */
  get length(): number {
    const { tokens } = this.shape;
    const last = tokens.findLastIndex(({ from }) => from < this.to);
    return last + 1;
  }

  /** Every query of the statement, once. */
  get frames(): Iterable<Frame> {
    return new Set([this.shape.root, ...this.shape.frames]);
  }

  isName(i: number): boolean {
    const kind = this.shape.tokens[i]?.kind;
    return kind === 'word' || kind === 'quoted';
  }

  /** The name at i without quotes, in lower case. */
  name(i: number): string {
    const token = this.shape.tokens[i];
    return token === undefined ? '' : identifierName(token, this.text).toLowerCase();
  }

  /** Whether the token ends where judgement ends, so that it may still grow. */
  isOpen(i: number): boolean {
    return this.shape.tokens[i]?.to === this.to;
  }
}
