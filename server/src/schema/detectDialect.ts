/** Guesses the dialect of SQL text from constructs that only some dialects have. A setting overrides the guess. */
import { dialects, type Dialect } from './model';

/** Characters at the text's beginning that are looked at. */
const looked = 200_000;

/**
 * How much a construct speaks for a dialect, or (negative) against it: 8 and more when only that dialect accepts it, 3
 * when others accept it but people seldom write it there, 1 for a habit. SQLite accepts any word as a type, so types
 * say little against it.
 */
type Weights = Readonly<Partial<Record<Dialect, number>>>;

/**
 * A line's indent is never written as `\s*`: over many empty lines the expression would try each of them to the last.
 */
const signs: readonly (readonly [RegExp, Weights])[] = [
  // MySQL
  [/`\w/, { mysql: 2, sqlite: 1, postgres: -4, duckdb: -4, tsql: -4 }],
  [/(?:CREATE TABLE|ALTER TABLE|INSERT INTO)\s+(?:IF NOT EXISTS\s+)?`\w/i, { mysql: 3, sqlite: 1 }],
  [/\bENGINE\s*=\s*\w|\bAUTO_INCREMENT\b|\/\*M?!\d{5}/i, { mysql: 10 }],
  [/^[ \t]*DELIMITER\s|\b(?:UN)?LOCK\s+TABLES\b|\bFOREIGN_KEY_CHECKS\b/im, { mysql: 8 }],
  [/\bUNSIGNED\b|\bZEROFILL\b/i, { mysql: 4, postgres: -3 }],
  [/\b(?:MEDIUMTEXT|LONGTEXT|TINYTEXT|MEDIUMINT|LONGBLOB|MEDIUMBLOB)\b/i, { mysql: 4 }],
  [/[\w`"]\s+(?:ENUM|SET)\s*\(\s*'/i, { mysql: 5, duckdb: 2 }],
  [/,\s*(?:(?:UNIQUE|FULLTEXT|SPATIAL)\s+)?(?:KEY|INDEX)\s+[`\w]+\s*\(/i, { mysql: 5 }],
  [/\b(?:DEFAULT\s+)?CHARSET\s*=|\bCHARACTER\s+SET\s+\w|\bCOLLATE\s*=?\s*(?:utf8|latin1)/i, { mysql: 6 }],
  [/[\w)']\s+COMMENT\s+(?:=\s*)?''/i, { mysql: 5 }],
  [/\bON\s+UPDATE\s+(?:CURRENT_TIMESTAMP|NOW\s*\()/i, { mysql: 8 }],
  [/\b(?:MODIFY|CHANGE)\s+(?:COLUMN\s+)?[`\w]+\s+\w/i, { mysql: 4 }],
  [/\bDROP\s+(?:FOREIGN|PRIMARY)\s+KEY\b|\bINSERT\s+IGNORE\b|\bSQL\s+SECURITY\b/i, { mysql: 6 }],
  [/\bDATETIME\s*\(\d\)/i, { mysql: 3, sqlite: 1 }],
  [/^[ \t]*USE\s+[\w`[]/im, { mysql: 3, tsql: 2, duckdb: 2 }],
  [/#/, { mysql: 1 }],
  // PostgreSQL
  [/[\w"]\s+(?:BIG|SMALL)?SERIAL\b/i, { postgres: 6, mysql: 1 }],
  [/[\w)'"\]]::[\w"]/, { postgres: 4, duckdb: 3 }],
  [/\$\w*\$/, { postgres: 4, duckdb: 1 }],
  [/\bTIMESTAMPTZ\b/i, { postgres: 4, duckdb: 2 }],
  [/\b(?:JSONB|TSVECTOR|TSQUERY|CITEXT|INET|CIDR|MACADDR)\b/i, { postgres: 4, mysql: -4 }],
  [/\bBYTEA\b|\bINT[48]\b|\bFLOAT8\b/i, { postgres: 3, duckdb: 1, mysql: -1 }],
  [
    /\b(?:TIME|TIMESTAMP)\s*(?:\(\d\)\s*)?WITH(?:OUT)?\s+TIME\s+ZONE\b/i,
    { postgres: 4, duckdb: 3, mysql: -4 },
  ],
  [/\bCHARACTER\s+VARYING\b/i, { postgres: 4 }],
  [/\b\w+\s*\[\]/, { postgres: 3, duckdb: 3, mysql: -4, sqlite: -2 }],
  [/\bCREATE\s+TYPE\s+[\w".]+\s+AS\s+ENUM\b/i, { postgres: 8, duckdb: 7 }],
  [/\bCREATE\s+TYPE\s+[\w".]+\s+AS\s+\(|\bCREATE\s+DOMAIN\b/i, { postgres: 8 }],
  [
    /\bOWNER\s+TO\b|\bCREATE\s+EXTENSION\b|\bLANGUAGE\s+'?plpgsql\b|^[ \t]*\\(?:set|c|connect|restrict)\b/im,
    { postgres: 10 },
  ],
  [/\bALTER\s+TABLE\s+ONLY\b|\bALTER\s+COLUMN\s+\S+\s+(?:SET\s+DATA\s+)?TYPE\b/i, { postgres: 7, duckdb: 3 }],
  [
    /\bsearch_path\b|\bpg_catalog\b|\bSET\s+(?:statement_timeout|standard_conforming_strings)\b/i,
    { postgres: 7 },
  ],
  [/\bGENERATED\s+(?:ALWAYS|BY\s+DEFAULT)\s+AS\s+IDENTITY\b/i, { postgres: 8 }],
  [
    /\bPARTITION\s+OF\b|\bATTACH\s+PARTITION\b|\bINHERITS\s*\(|\bROW\s+LEVEL\s+SECURITY\b|\bCREATE\s+POLICY\b/i,
    { postgres: 8 },
  ],
  [/\bUSING\s+(?:gin|gist|brin|spgist)\b|\bON\s+[\w".]+\s+USING\s+(?:btree|hash)\b/i, { postgres: 7 }],
  [
    /\bUNLOGGED\b|\bRETURNS\s+trigger\b|\bFROM\s+stdin\b|\bOWNED\s+BY\b|\bDEFERRABLE\b/i,
    { postgres: 4, sqlite: 1 },
  ],
  [/\bMATERIALIZED\s+VIEW\b|\bCREATE\s+(?:ROLE|SCHEMA)\b/i, { postgres: 2, tsql: 1, duckdb: 1, sqlite: -3 }],
  [/\b(?:gen_random_uuid|uuid_generate_v4)\s*\(/i, { postgres: 6, duckdb: 1 }],
  [/[\w"]\s+UUID\b/i, { postgres: 2, duckdb: 1 }],
  [/\bnextval\s*\(/i, { postgres: 3, duckdb: 3 }],
  [/\bCOMMENT\s+ON\s+(?:TABLE|COLUMN)\b/i, { postgres: 4, duckdb: 2 }],
  [
    /\b(?:CREATE|ALTER)\s+TABLE\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"/i,
    { postgres: 2, sqlite: 1, duckdb: 1, mysql: -2 },
  ],
  // SQL Server
  [/\[\w+\]\s*\.\s*\[\w+\]|\bdbo\s*\./i, { tsql: 8 }],
  [/^[ \t]*GO[ \t]*\r?$/im, { tsql: 8 }],
  [/(?<![\w\]])\[[A-Za-z_][\w ]*\]\s+\[?\w/, { tsql: 2, sqlite: 2, mysql: -3 }],
  [/(?<!\b(?:AS|DROP|RESTART|CONTINUE)\s+)\bIDENTITY\b\s*(?:\(\s*\d+\s*,|(?!\s*\())/i, { tsql: 6 }],
  [
    /\b(?:UNIQUEIDENTIFIER|DATETIME2|DATETIMEOFFSET|SMALLDATETIME|ROWVERSION)\b|\b(?:N?VARCHAR|VARBINARY)\s*\(\s*MAX\s*\)/i,
    { tsql: 6 },
  ],
  [/\bNVARCHAR\b/i, { tsql: 3, sqlite: 1 }],
  [
    /\b(?:NON)?CLUSTERED\b|\bSET\s+(?:ANSI_NULLS|QUOTED_IDENTIFIER|NOCOUNT)\b|\bEXEC\s+(?:sys\.)?sp_/i,
    { tsql: 8 },
  ],
  [/\b(?:GETDATE|NEWID|SYSUTCDATETIME)\s*\(/i, { tsql: 5 }],
  // DuckDB
  [/\b(?:U?HUGEINT|UBIGINT|UINTEGER|USMALLINT|UTINYINT)\b/i, { duckdb: 8 }],
  [/[\w"]\s+(?:STRUCT|MAP|UNION)\s*\(|\b\w+\[\d+\]/i, { duckdb: 7 }],
  [/\bread_(?:csv|parquet|json)\w*\s*\(|\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP\s+)?MACRO\b/i, { duckdb: 8 }],
  [
    /\bDEFAULT\s*\(\s*nextval\b|\bCREATE\s+OR\s+REPLACE\s+TABLE\b|^[ \t]*(?:INSTALL|LOAD)\s+\w+\s*;/im,
    { duckdb: 5 },
  ],
  [/[\w"]\s+VARCHAR\s*(?:[,)]|NOT\b|PRIMARY\b|DEFAULT\b|UNIQUE\b)/i, { duckdb: 3, postgres: 1, mysql: -4 }],
  [/[\w"]\s+DOUBLE\s*(?:[,)]|NOT\b|DEFAULT\b)/i, { duckdb: 2, mysql: 1, postgres: -3 }],
  // SQLite
  [
    /\bAUTOINCREMENT\b|\bWITHOUT\s+ROWID\b|\)\s*STRICT\b|\bsqlite_(?:schema|master|sequence|stat1)\b/i,
    { sqlite: 10 },
  ],
  [/^[ \t]*PRAGMA\s/im, { sqlite: 8, duckdb: 1 }],
  [
    /\bCREATE\s+VIRTUAL\s+TABLE\b|\bON\s+CONFLICT\s+(?:REPLACE|IGNORE|ABORT|FAIL|ROLLBACK)\b/i,
    { sqlite: 10 },
  ],
  [/\bINSERT\s+OR\s+(?:IGNORE|REPLACE)\b/i, { sqlite: 4, duckdb: 2 }],
  [/\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?'/i, { sqlite: 6 }],
  [/\b(?:datetime|strftime|unixepoch)\s*\(\s*'/i, { sqlite: 4 }],
  [/\bINTEGER\s+(?:NOT\s+NULL\s+)?PRIMARY\s+KEY\b/i, { sqlite: 2, duckdb: 1 }],
  // MySQL and SQL Server cannot index a TEXT without a length.
  [/\bTEXT\s+(?:NOT\s+NULL\s+)?(?:PRIMARY\s+KEY|UNIQUE)\b/i, { mysql: -6, tsql: -6, sqlite: 1 }],
  [/\bDATETIME\b/i, { postgres: -3, mysql: 1, sqlite: 1, tsql: 1 }],
  [/\bBLOB\b/i, { postgres: -4, tsql: -4, mysql: 1, sqlite: 1 }],
  [/\bTINYINT\b/i, { postgres: -3, mysql: 1 }],
];

/** The likeliest dialect; sqlite when nothing tells. A first line `-- dialect: name` decides. */
export function detectDialect(text: string): Dialect {
  const sample = text.slice(0, looked);
  const named = /^\s*--\s*dialect:\s*(\w+)/i.exec(sample)?.[1]?.toLowerCase();
  const told = dialects.find((dialect) => dialect === named);
  if (told !== undefined) return told;
  const { code, hasHashComments } = codeOf(sample);
  const scores: Record<Dialect, number> = {
    sqlite: 0,
    postgres: 0,
    mysql: hasHashComments ? 4 : 0,
    duckdb: 0,
    tsql: 0,
  };
  for (const [sign, weights] of signs) {
    if (!sign.test(code)) continue;
    for (const dialect of dialects) scores[dialect] += weights[dialect] ?? 0;
  }
  let best: Dialect = 'sqlite';
  for (const dialect of dialects) if (scores[dialect] > scores[best]) best = dialect;
  return best;
}

/**
 * The text without comments, and without what is inside strings and dollar quotes, because prose says nothing about the
 * dialect. Comments that MySQL runs stay. What a backslash before a quote means is not known yet: it counts as an
 * escape when the string would otherwise end before a word.
 */
function codeOf(text: string): { readonly code: string; readonly hasHashComments: boolean } {
  let hasHashComments = false;
  const code = text.replace(
    /'(?:[^'\\]|\\[^']|\\'(?=[\w ]|$)|'')*(?:\\?'|$)|--(?=[\s\-+>A-Za-z@]|$)[^\n]*|^[ \t]*#[^\n]*|\/\*(?!M?!)[\s\S]*?\*\/|(\$\w*\$)[\s\S]*?\1/gm,
    (found: string, tag?: string) => {
      if (tag !== undefined) return `${tag}${tag}`;
      if (found.startsWith("'")) return /^'\w*$/.test(found) ? found : "''";
      if (found.trimStart().startsWith('#')) hasHashComments = true;
      return ' ';
    },
  );
  return { code, hasHashComments };
}
