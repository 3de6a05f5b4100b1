/** Guesses the dialect of SQL text by what only one dialect writes. A guess: a setting overrides it. */
import { dialects, type Dialect } from './model';

/** As much of the text as is looked at, in characters. */
const looked = 200_000;

/** A line's indent is no `\s*`: over empty lines that would be tried from each of them to the last. */
const signs: readonly (readonly [Dialect, RegExp])[] = [
  ['mysql', /`\w+`/],
  ['mysql', /\bENGINE\s*=/i],
  ['mysql', /\bAUTO_INCREMENT\b/i],
  ['mysql', /^[ \t]*DELIMITER\s/im],
  ['mysql', /\b(?:UNSIGNED|ZEROFILL|MEDIUMTEXT|LONGTEXT)\b/i],
  ['postgres', /\b(?:BIG|SMALL)?SERIAL\b/i],
  ['postgres', /\w::\w/],
  ['postgres', /\$\w*\$/],
  ['postgres', /\b(?:TIMESTAMPTZ|JSONB|BYTEA|TSVECTOR|CITEXT)\b/i],
  ['postgres', /\bWITH(?:OUT)?\s+TIME\s+ZONE\b|\bCHARACTER\s+VARYING\b/i],
  [
    'postgres',
    /\bOWNER\s+TO\b|\bCREATE\s+EXTENSION\b|\bnextval\s*\(|\bLANGUAGE\s+plpgsql\b|^[ \t]*\\(?:set|c)\b/im,
  ],
  ['tsql', /\[\w+\]\s*\.\s*\[\w+\]|\bdbo\s*\./i],
  ['tsql', /^[ \t]*GO[ \t]*$/im],
  ['tsql', /\bIDENTITY\s*\(/i],
  ['tsql', /\b(?:NVARCHAR|UNIQUEIDENTIFIER|DATETIME2|NONCLUSTERED)\b/i],
  ['duckdb', /\b(?:HUGEINT|UBIGINT|UINTEGER)\b|\bSTRUCT\s*\(/i],
  ['duckdb', /\bread_(?:csv|parquet|json)\w*\s*\(|\bCREATE\s+(?:OR\s+REPLACE\s+)?MACRO\b/i],
  ['sqlite', /\bAUTOINCREMENT\b/i],
  ['sqlite', /^[ \t]*PRAGMA\s/im],
  ['sqlite', /\bWITHOUT\s+ROWID\b|\)\s*STRICT\b/i],
];

/** The most likely dialect; sqlite where nothing tells. A first line `-- dialect: name` decides. */
export function detectDialect(text: string): Dialect {
  const sample = text.slice(0, looked);
  const named = /^\s*--\s*dialect:\s*(\w+)/i.exec(sample)?.[1]?.toLowerCase();
  const told = dialects.find((dialect) => dialect === named);
  if (told !== undefined) return told;
  const scores = new Map<Dialect, number>();
  for (const [dialect, sign] of signs) {
    if (sign.test(sample)) scores.set(dialect, (scores.get(dialect) ?? 0) + 1);
  }
  let best: Dialect = 'sqlite';
  for (const dialect of dialects) if ((scores.get(dialect) ?? 0) > (scores.get(best) ?? 0)) best = dialect;
  return best;
}
