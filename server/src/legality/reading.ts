/**
 * A statement as it would stand with a candidate, read once for all rules: tokens, shape and names. No judgement here.
 */
import type { Schema } from '../schema/model';
import { SchemaNames } from '../schema/names';
import { judgeNames, type JudgedNames } from '../resolve/unknownNames';
import { readShape } from '../sql/shape/readShape';
import type { Frame, Shape } from '../sql/shape/shape';

export class Reading {
  readonly shape: Shape;
  readonly names: SchemaNames;
  /** `StatementText.words`. */
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
    this.raw = this.shape.statement.words;
  }

  get judged(): JudgedNames {
    return (this.#judged ??= judgeNames(this.to, this.shape, this.schema));
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
    return this.shape.statement.isName(i);
  }

  /** The name at i without quotes, in lower case. */
  name(i: number): string {
    return this.shape.statement.name(i).toLowerCase();
  }

  /** Whether the name at i is the known one, in lower case, or may become it while it is still being written. */
  mayBe(i: number, known: string): boolean {
    const name = this.name(i);
    return this.isOpen(i) ? known.startsWith(name) : known === name;
  }

  /** Whether the token ends where judgement ends, so that it may still grow. */
  isOpen(i: number): boolean {
    return this.shape.tokens[i]?.to === this.to;
  }
}
