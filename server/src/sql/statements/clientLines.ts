/**
 * Finds lines at the beginning of a statement that a client program reads itself: SQLite's and DuckDB's `.mode`,
 * MySQL's DELIMITER, sqlcmd's `:r`. psql's `\d` and MySQL's `\G` are tokens (tokens.ts), because they may follow a
 * statement; GO ends T-SQL's batches (statementIndex.ts).
 */
import type { Dialect } from '../dialect';

interface ClientLine {
  readonly pattern: RegExp;
  /** True when it must be the first word of its line. */
  readonly atLineStart: boolean;
}

const dotLine: ClientLine = { pattern: /\.[a-z]\w*(?=\s|$)[^\r\n]*/iy, atLineStart: true };

const clientLines: Readonly<Record<Dialect, ClientLine | undefined>> = {
  sqlite: dotLine,
  duckdb: dotLine,
  postgres: undefined,
  mysql: {
    pattern: /(?:delimiter|source|tee|notee|pager|nopager|system)(?=\s|$)[^\r\n]*/iy,
    atLineStart: false,
  },
  tsql: {
    pattern:
      /(?::(?:r|setvar|connect|on|out|error|perftrace|listvar|reset|quit|exit|xml|help|ed|serverlist)(?=\s|$)|!!)[^\r\n]*/iy,
    atLineStart: true,
  },
};

/**
 * Where the client's line ends that begins at `at`, a place where a statement may begin. Undefined when there is none.
 */
export function clientLineEnd(text: string, at: number, dialect: Dialect): number | undefined {
  const line = clientLines[dialect];
  if (line === undefined || (line.atLineStart && !isFirstOfLine(text, at))) return undefined;
  line.pattern.lastIndex = at;
  return line.pattern.test(text) ? line.pattern.lastIndex : undefined;
}

/** Most spaces to look back over. */
const farthestIndent = 200;

function isFirstOfLine(text: string, at: number): boolean {
  const start = Math.max(0, at - farthestIndent);
  return (
    /(?:^|\n)[^\S\n]*$/.test(text.slice(start, at)) && (start === 0 || text.slice(start, at).includes('\n'))
  );
}

const endsInPsql = /\\(?:g|gx|gset|gexec|gdesc|watch|crosstabview|r|reset)(?![a-z])/i;
const endsInMysql = /^\\[Ggc]/;

/** True when a command behind a statement ends it: psql's `\gset`, MySQL's `\G`; not psql's `\echo`. */
export function endsStatement(command: string, dialect: Dialect): boolean {
  return (dialect === 'mysql' ? endsInMysql : endsInPsql).test(command);
}
