/**
 * What is typed: workspaces, texts and steps, all of them our own. typist.ts decides how it is typed, and replay.ts
 * types it.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type Step =
  /** Typed at the cursor, key by key. */
  | { readonly kind: 'type'; readonly text: string }
  /** The cursor goes behind the first occurrence of the text. */
  | { readonly kind: 'jump'; readonly behind: string }
  | { readonly kind: 'paste'; readonly text: string }
  /** Takes the last paste back. */
  | { readonly kind: 'undo' }
  /** Another document is in front from now on; its cursor is where it was. */
  | { readonly kind: 'switch'; readonly file: string };

export interface Trace {
  readonly name: string;
  /** What the documents hold at the beginning; the first one is in front, every cursor at the end. */
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** Puts a database or DDL file into the workspace folder. */
  prepare(folder: string, root: string): void;
}

function webshop(folder: string, root: string): void {
  copyFileSync(path.join(root, 'samples', 'webshop', 'webshop.sqlite'), path.join(folder, 'webshop.sqlite'));
}

const type = (text: string): Step => ({ kind: 'type', text });
const jump = (behind: string): Step => ({ kind: 'jump', behind });

const longQuery = `SELECT c.id, c.last_name, count(*) AS orders
FROM customers c
JOIN orders o ON o.customer_id = c.id
WHERE o.status = 'shipped'
GROUP BY c.id, c.last_name
HAVING count(*) > 2
ORDER BY orders DESC
LIMIT 20;
`;

/** As many tables as wanted, each with a key to the one before it. */
export function tables(count: number): string {
  const table = (i: number): string =>
    `CREATE TABLE entity_${i.toString()} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, amount REAL, ` +
    `parent_id INTEGER${i > 0 ? ` REFERENCES entity_${(i - 1).toString()}(id)` : ''});\n`;
  return Array.from({ length: count }, (_, i) => table(i)).join('');
}

function schemaTrace(count: number): Trace {
  return {
    name: `schema-${count.toString()}`,
    prepare: (folder) => writeFileSync(path.join(folder, 'schema.sql'), tables(count)),
    files: { 'query.sql': '' },
    steps: [type('SELECT e.name, e.amount FROM entity_3 e WHERE e.parent_id = 7 ORDER BY e.name;\n')],
  };
}

export const traces: readonly Trace[] = [
  {
    name: 'write',
    prepare: webshop,
    files: { 'query.sql': '' },
    steps: [
      type(
        'SELECT c.last_name, sum(p.amount)\nFROM customers c\nJOIN orders o ON o.customer_id = c.id\nJOIN payments p ON p.order_id = o.id\nGROUP BY c.last_name;\n',
      ),
    ],
  },
  {
    name: 'edit',
    prepare: webshop,
    files: { 'query.sql': longQuery },
    steps: [
      jump("WHERE o.status = 'shipped'"),
      type(' AND o.address_id > 100'),
      jump('SELECT c.id, '),
      type('c.email, '),
      { kind: 'paste', text: 'c.phone, ' },
      { kind: 'undo' },
      jump('GROUP BY c.id, '),
      type('c.email, '),
    ],
  },
  {
    name: 'comment',
    prepare: webshop,
    files: { 'query.sql': '' },
    steps: [
      type(
        '-- names of all products that cost more than 20\nSELECT name\nFROM products\nWHERE price > 20;\n\n' +
          '-- how many orders are there\nSELECT count(*)\nFROM orders;\n\n' +
          '-- last name and city of each customer, by last name\nSELECT c.last_name, a.city\nFROM customers c\n' +
          'JOIN addresses a ON a.customer_id = c.id\nORDER BY c.last_name;\n',
      ),
    ],
  },
  {
    name: 'two-files',
    prepare: webshop,
    files: { 'a.sql': '', 'b.sql': '' },
    steps: [
      type('SELECT name, price '),
      { kind: 'switch', file: 'b.sql' },
      type('SELECT id, status FROM orders '),
      { kind: 'switch', file: 'a.sql' },
      type('FROM products ORDER BY price'),
      { kind: 'switch', file: 'b.sql' },
      type('WHERE status = '),
    ],
  },
  schemaTrace(10),
  schemaTrace(100),
  schemaTrace(1000),
];
