/**
 * Makes a PostgreSQL schema of any size for the benchmark, always the same one: namespaces, keys to earlier tables,
 * comments.
 */

export interface GeneratedSchema {
  /** Scripts, each one transaction: a single one would need a lock for every table at once. */
  readonly scripts: readonly string[];
  readonly columns: number;
  readonly foreignKeys: number;
}

const subjects =
  'account asset batch booking branch budget carrier claim client contract course customer delivery device dispute donor employee event fleet grant hub invoice item journal kiosk lease ledger meter note order parcel partner payment permit plan policy project quote refund region report route sale sensor shift site stock task ticket trip vendor visit ward zone'.split(
    ' ',
  );
const aspects =
  'archive audit balance change detail entry export history import item label limit line link log note option part period price rate rule status step summary tag total type value version'.split(
    ' ',
  );
const attributes = [
  'code varchar(20) NOT NULL',
  'title text',
  'status varchar(12)',
  'amount numeric(12,2)',
  'quantity integer',
  'is_active boolean NOT NULL DEFAULT true',
  'created_at timestamptz NOT NULL DEFAULT now()',
  'updated_at timestamptz',
  'remark text',
];
const tablesPerNamespace = 500;
const perScript = 250;

/** The n-th table's name, qualified as a script writes it; the first namespace is `public`. */
function nameOf(n: number): string {
  const subject = subjects[n % subjects.length] ?? '';
  const aspect = aspects[Math.floor(n / subjects.length) % aspects.length] ?? '';
  const round = Math.floor(n / (subjects.length * aspects.length));
  const namespace = Math.floor(n / tablesPerNamespace);
  const name = `${subject}_${aspect}${round === 0 ? '' : `_${String(round + 1)}`}`;
  return `${namespace === 0 ? '' : `area_${String(namespace)}.`}${name}`;
}

/** @param tables how many; each has 12 columns, two of them keys to earlier tables, and every fifth a comment */
export function generateSchema(tables: number): GeneratedSchema {
  const scripts: string[] = [];
  let statements: string[] = [];
  let foreignKeys = 0;
  for (let n = 0; n < tables; n++) {
    if (n > 0 && n % tablesPerNamespace === 0)
      statements.push(`CREATE SCHEMA area_${String(n / tablesPerNamespace)}`);
    const keys = ['parent_id', 'source_id'].map((column, k) => {
      const target = Math.floor(n / (k + 2));
      if (target === n) return `${column} integer`;
      foreignKeys++;
      return `${column} integer REFERENCES ${nameOf(target)} (id)`;
    });
    const columns = ['id integer PRIMARY KEY', ...keys, ...attributes];
    statements.push(`CREATE TABLE ${nameOf(n)} (${columns.join(', ')})`);
    if (n % 5 === 0) statements.push(`COMMENT ON TABLE ${nameOf(n)} IS 'Number ${String(n)} of the areas'`);
    if (statements.length >= perScript || n === tables - 1) {
      scripts.push(statements.join(';\n'));
      statements = [];
    }
  }
  return { scripts, columns: tables * (attributes.length + 3), foreignKeys };
}
