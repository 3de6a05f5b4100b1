/**
 * Calibration text of our own: schemas and statements in the product's prompt layout, made by a grammar from a seed. Every
 * document is new, so that a model must look names up in the schema above, which is what its cache is for. Pure.
 */

/** Numbers 0..1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Column {
  readonly name: string;
  readonly type: 'INTEGER' | 'TEXT' | 'REAL' | 'DATE';
}
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Name of the table that its column `<parent>_id` refers to. */
  readonly parent?: string;
}

const things =
  'account airport album author book branch building campaign city claim client course crew customer device doctor driver employee engine event farm flight garden harbour hospital invoice journey lesson machine member museum nurse order patient payment pilot plant player product project rental report route season shelf shipment station student supplier team ticket trip vehicle vessel visit warehouse worker'.split(
    ' ',
  );
const qualities =
  'archived daily external former internal local main monthly old open regional seasonal shared'.split(' ');
const texts = 'name title city country status category email colour language note phone region'.split(' ');
const numbers =
  'age amount capacity duration floor height level pages points price quantity rating score weight year'.split(
    ' ',
  );
const dates = 'created_at started_on ended_on opened_on paid_on born_on updated_at'.split(' ');
const values =
  'active Berlin blue closed Ghana gold Lima new open Oslo paid pending red Rome Spain urgent'.split(' ');

export class CalibrationText {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomNumbers(seed);
  }

  /** One document, as the product's prompt has it, of 3 to `most` tables. */
  document(most = 5): { readonly schema: string; readonly statements: string } {
    const tables = this.tables(this.#between(3, most));
    const statements = Array.from({ length: this.#between(4, 7) }, () => this.#statement(tables));
    return {
      schema: `-- dialect: sqlite\n${tables.map(createTable).join('\n')}\n\n`,
      statements: `${statements.join('\n')}\n\n`,
    };
  }

  /** Tables of different names; all but the first refer to an earlier one, mostly. */
  tables(count: number): Table[] {
    const tables: Table[] = [];
    while (tables.length < count) {
      const name = this.#tableName(tables.length > things.length / 2);
      if (tables.some((table) => table.name === name)) continue;
      const parent = tables.length > 0 && this.#next() < 0.8 ? this.#one(tables).name : undefined;
      const columns: Column[] = [];
      const add = (pool: readonly string[], type: Column['type'], most: number): void => {
        for (let left = this.#between(1, most); left > 0; left--) {
          const column = this.#next() < 0.2 ? `${this.#one(qualities)}_${this.#one(pool)}` : this.#one(pool);
          if (!columns.some((other) => other.name === column)) columns.push({ name: column, type });
        }
      };
      add(texts, 'TEXT', 3);
      add(numbers, this.#next() < 0.5 ? 'INTEGER' : 'REAL', 2);
      add(dates, 'DATE', 1);
      tables.push({ name, columns, ...(parent === undefined ? {} : { parent }) });
    }
    return tables;
  }

  #tableName(qualified: boolean): string {
    const thing = this.#one(things);
    return qualified || this.#next() < 0.15 ? `${this.#one(qualities)}_${thing}s` : `${thing}s`;
  }

  #statement(tables: readonly Table[]): string {
    const table = this.#one(tables);
    const parent = tables.find(({ name }) => name === table.parent);
    const [a, b] = [this.#one(table.columns).name, this.#one(table.columns).name];
    const number = this.#of(table, (type) => type === 'INTEGER' || type === 'REAL');
    const word = this.#of(table, (type) => type === 'TEXT');
    const value = `'${this.#one(values)}'`;
    const some = this.#between(1, 500).toString();
    const plain = [
      `SELECT ${a}, ${b} FROM ${table.name} WHERE ${word} = ${value} ORDER BY ${number} DESC LIMIT ${this.#between(1, 20).toString()};`,
      `-- number of ${spoken(table.name)} for each ${spoken(word)}\nSELECT ${word}, COUNT(*) FROM ${table.name} GROUP BY ${word};`,
      `-- average ${spoken(number)} of ${spoken(table.name)}\nSELECT AVG(${number}) FROM ${table.name};`,
      `UPDATE ${table.name} SET ${word} = ${value} WHERE id = ${some};`,
      `DELETE FROM ${table.name} WHERE ${number} < ${some};`,
      `INSERT INTO ${table.name} (id, ${word}, ${number}) VALUES (${some}, ${value}, ${some});`,
      `SELECT ${a} FROM ${table.name} WHERE ${number} > (SELECT AVG(${number}) FROM ${table.name});`,
      `SELECT DISTINCT ${word} FROM ${table.name} WHERE ${number} BETWEEN 1 AND ${some};`,
      `SELECT ${word}, MAX(${number}), MIN(${number}) FROM ${table.name} GROUP BY ${word} HAVING COUNT(*) > ${this.#between(1, 9).toString()};`,
    ];
    if (!parent || this.#next() < 0.4) return this.#one(plain);
    const [p, t] = [alias(parent.name, ''), alias(table.name, alias(parent.name, ''))];
    const key = `${singular(parent.name)}_id`;
    const other = this.#one(parent.columns).name;
    return this.#one([
      `SELECT ${p}.${other}, ${t}.${a} FROM ${parent.name} AS ${p} JOIN ${table.name} AS ${t} ON ${t}.${key} = ${p}.id WHERE ${t}.${number} > ${some};`,
      `-- total ${spoken(number)} of ${spoken(table.name)} for each of the ${spoken(parent.name)}\nSELECT ${p}.${other}, SUM(${t}.${number}) FROM ${parent.name} AS ${p} JOIN ${table.name} AS ${t} ON ${t}.${key} = ${p}.id GROUP BY ${p}.${other};`,
      `-- ${spoken(parent.name)} without any ${spoken(table.name)}\nSELECT ${other} FROM ${parent.name} WHERE id NOT IN (SELECT ${key} FROM ${table.name});`,
      `SELECT ${p}.${other}, COUNT(${t}.id) FROM ${parent.name} AS ${p} LEFT JOIN ${table.name} AS ${t} ON ${t}.${key} = ${p}.id GROUP BY ${p}.id ORDER BY COUNT(${t}.id) DESC;`,
    ]);
  }

  #of({ columns }: Table, fits: (type: Column['type']) => boolean): string {
    return this.#one(columns.filter(({ type }) => fits(type))).name;
  }

  #one<T>(all: readonly T[]): T {
    const chosen = all[Math.floor(this.#next() * all.length)];
    if (chosen === undefined) throw new RangeError('nothing to choose from');
    return chosen;
  }

  #between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }
}

/** A table as the product's prompt has it: one line. */
export function createTable({ name, columns, parent }: Table): string {
  const reference = parent === undefined ? [] : [`${singular(parent)}_id INTEGER REFERENCES ${parent}(id)`];
  const own = columns.map((column) => `${column.name} ${column.type}`);
  return `CREATE TABLE ${name} (${['id INTEGER PRIMARY KEY', ...reference, ...own].join(', ')});`;
}

/** Documents until `enough` says so of the text so far. */
export function calibrationText(seed: number, enough: (text: string) => boolean): string {
  const source = new CalibrationText(seed);
  let text = '';
  while (!enough(text)) {
    const { schema, statements } = source.document();
    text += schema + statements;
  }
  return text;
}

const singular = (name: string): string => name.replace(/s$/, '');
const spoken = (name: string): string => name.replaceAll('_', ' ');
function alias(name: string, taken: string): string {
  const initials = name
    .split('_')
    .map((part) => part.charAt(0))
    .join('');
  return initials === taken ? `${initials}2` : initials;
}
