/**
 * Limits how large a file's schema may be. A larger one would fill the editor's memory, and no prompt could hold it.
 */
import { SqlAheadError } from '../../errors';
import type { Column } from '../model';

const most = { tables: 100_000, columns: 300_000, characters: 64 * 1024 * 1024 };

/** Counts what has been read of one schema. */
export class SchemaSize {
  #tables = 0;
  #columns = 0;
  #characters = 0;

  /** @param name the file's name in messages */
  constructor(private readonly name: string) {}

  /** @throws SqlAheadError ERR_DATABASE_INVALID when the schema is too large */
  addTable(name: string): void {
    this.#characters += name.length;
    this.#check(
      ++this.#tables > most.tables,
      `more than ${most.tables.toLocaleString('en')} tables and views`,
    );
    this.#checkText();
  }

  /** @throws SqlAheadError ERR_DATABASE_INVALID when the schema is too large */
  addColumn({ name, type, defaultValue = '', comment = '' }: Column): void {
    this.#characters += name.length + type.length + defaultValue.length + comment.length;
    this.#check(++this.#columns > most.columns, `more than ${most.columns.toLocaleString('en')} columns`);
    this.#checkText();
  }

  #checkText(): void {
    this.#check(this.#characters > most.characters, 'more than 64 MB of names');
  }

  #check(isTooMuch: boolean, what: string): void {
    if (!isTooMuch) return;
    const text = `The schema of ${this.name} is too large to read (${what}): give the tables you need as a DDL file.`;
    throw new SqlAheadError('ERR_DATABASE_INVALID', text);
  }
}
