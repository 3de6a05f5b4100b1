/**
 * Blanks what in a script does not build the schema: a migration's way back, and the comment marks around code that
 * MySQL runs.
 */
import { tokenAt } from '../../sql/tokens';
import type { Dialect } from '../model';

/**
 * The script with everything blanked that does not build the schema. Offsets stay the same.
 *
 * - what goose, dbmate and sql-migrate run to take a migration back (`-- +goose Down`, `-- migrate:down`)
 * - drizzle's `--> statement-breakpoint`, which MySQL's lexer would not read as a comment
 * - the braces of `${schema}.`: nobody knows which namespace a placeholder names
 * - MySQL: the ends of comments that the server runs (`/*!50001 …`)
 */
export function sqlOf(text: string, dialect: Dialect): string {
  let sql = withoutWayBack(text);
  if (sql.includes('statement-breakpoint')) sql = sql.replace(/--> statement-breakpoint/g, blank);
  if (sql.includes('${')) sql = sql.replace(/\$\{[\w:.-]{1,80}\}\./g, blank);
  return dialect === 'mysql' ? withConditionalComments(sql) : sql;
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

const up = /^[ \t]*--[ \t]*(?:\+goose[ \t]+up|\+migrate[ \t]+up|migrate:up)\b/i;
const down = /^[ \t]*--[ \t]*(?:\+goose[ \t]+down|\+migrate[ \t]+down|migrate:down|@undo)\b/i;

function withoutWayBack(text: string): string {
  if (!/^[ \t]*--[ \t]*(?:\+goose|\+migrate|migrate:|@undo)/im.test(text)) return text;
  let isDown = false;
  return text
    .split('\n')
    .map((line) => {
      if (up.test(line)) isDown = false;
      else if (down.test(line)) isDown = true;
      return isDown ? blank(line) : line;
    })
    .join('\n');
}

/** No server has a higher version: MariaDB's dumps begin with a comment for version 999999, so that none runs it. */
const newestVersion = 200_000;

// Servers of that version or newer run "/*!50001 CREATE …" and "/*M!100100 …" as statements.
function withConditionalComments(text: string): string {
  if (!/\/\*M?!/.test(text)) return text;
  const parts: string[] = [];
  let depth = 0;
  let copied = 0;
  const cut = (from: number, to: number) => {
    parts.push(text.slice(copied, from), ' '.repeat(to - from));
    copied = to;
  };
  for (let at = 0; at < text.length;) {
    const opening = text.startsWith('/*', at) ? /^\/\*M?!(\d{5,6})?/.exec(text.slice(at, at + 12)) : null;
    if (opening !== null && Number(opening[1] ?? 0) < newestVersion) {
      cut(at, at + opening[0].length);
      depth++;
      at = copied;
    } else if (depth > 0 && text.startsWith('*/', at)) {
      cut(at, at + 2);
      depth--;
      at = copied;
    } else at = tokenAt(text, at, 'mysql').to;
  }
  parts.push(text.slice(copied));
  return parts.join('');
}
