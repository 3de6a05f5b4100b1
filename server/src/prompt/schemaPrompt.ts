/**
 * The schema's part of the prompt: which tables are in it and in which order, kept stable between keys. Counts
 * tokens through the engine; holds no cache itself.
 */
import type { Schema, Table } from '../schema/model';
import { chooseTables } from '../schema/rank';
import { renderSchema, renderTable } from '../schema/render';

export type CountTokens = (texts: readonly string[]) => Promise<readonly number[]>;

export class SchemaPrompt {
  readonly #schema: Schema;
  readonly #budget: number;
  readonly #costs: ReadonlyMap<string, number>;
  #chosen: readonly string[] | undefined;
  #text = '';

  private constructor(schema: Schema, budget: number, costs: ReadonlyMap<string, number>) {
    this.#schema = schema;
    this.#budget = budget;
    this.#costs = costs;
  }

  /** Counts each table's tokens once. @param budget tokens the schema's text may have */
  static async create(schema: Schema, budget: number, countTokens: CountTokens): Promise<SchemaPrompt> {
    const lines = schema.tables.map((table) => renderTable(table, schema.dialect));
    const [head, ...counts] = await countTokens([
      renderSchema([], schema.dialect),
      ...lines.map((line) => `${line}\n`),
    ]);
    const costs = new Map(schema.tables.map((table, i) => [table.name, counts[i] ?? 0]));
    return new SchemaPrompt(schema, budget - (head ?? 0), costs);
  }

  /**
   * The schema's text for a document: every table where all fit, else those the document names, their neighbours,
   * and as many others as fit. The text stays the same, or grows at its end, as long as it can.
   * @param meant tables that are shown as if the document named them
   */
  text(documentText: string, meant: readonly Table[] = []): string {
    if (this.#chosen && this.#chosen.length === this.#schema.tables.length) return this.#text;
    const tables = chooseTables(this.#schema, {
      budget: this.#budget,
      cost: (table) => this.#costs.get(table.name) ?? 0,
      mentionedText: documentText,
      mentioned: meant,
      ...(this.#chosen ? { previous: this.#chosen } : {}),
    });
    const chosen = tables.map((table) => table.name);
    if (this.#chosen?.join('\n') !== chosen.join('\n')) {
      this.#chosen = chosen;
      this.#text = renderSchema(tables, this.#schema.dialect);
    }
    return this.#text;
  }
}
