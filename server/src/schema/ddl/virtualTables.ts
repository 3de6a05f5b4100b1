/** Knows the columns of SQLite's virtual tables, and the names of the tables that keep their data (shadow tables). */
import type { DdlCursor } from './cursor';
import type { Drafts } from './drafts';
import { readColumn } from './createTable';
import type { DraftTable } from './draftTable';

/** Endings of the names of a module's shadow tables. */
const shadowsOf: Readonly<Record<string, readonly string[]>> = {
  fts3: ['_content', '_segments', '_segdir', '_docsize', '_stat'],
  fts4: ['_content', '_segments', '_segdir', '_docsize', '_stat'],
  fts5: ['_data', '_idx', '_content', '_docsize', '_config'],
  rtree: ['_node', '_rowid', '_parent'],
  rtree_i32: ['_node', '_rowid', '_parent'],
  geopoly: ['_node', '_rowid', '_parent'],
  spellfix1: ['_vocab'],
  vec0: [
    '_chunks',
    '_rowids',
    '_info',
    '_auxiliary',
    '_vector_chunks00',
    '_metadatachunks00',
    '_metadatatext00',
  ],
};

/** The cursor is behind USING. */
export function readVirtualTable(cursor: DdlCursor, table: DraftTable, drafts: Drafts): void {
  const module = cursor.name()?.toLowerCase() ?? '';
  table.shadows = (shadowsOf[module] ?? []).map((ending) => table.name + ending);
  const hidden =
    module === 'fts5' ? [table.name, 'rank'] : /^fts[34]$/.test(module) ? [table.name, 'docid'] : [];
  table.hiddenColumns = hidden.map((name) => ({ name, type: '', nullable: true, primaryKey: 0 }));
  const isSearch = module.startsWith('fts');
  const isRtree = module.startsWith('rtree');
  if (module === 'geopoly') table.columns = [{ name: '_shape', type: '', nullable: true, primaryKey: 0 }];
  for (const [i, part] of cursor.parts().entries()) {
    // An option, not a column: tokenize = porter, content='notes'
    if (part.peek(1) === '=') continue;
    const isAuxiliary = part.skip('+');
    if (!part.isName()) continue;
    readColumn(part, table, drafts);
    const column = table.columns.at(-1);
    if (column === undefined) continue;
    // These modules declare their columns so, whatever the text says.
    if (isSearch || isRtree) {
      const type = isSearch || isAuxiliary ? '' : rtreeType(module, i);
      table.columns = table.columns.with(-1, { ...column, type });
    }
  }
}

const rtreeType = (module: string, i: number): string => (i === 0 || module === 'rtree_i32' ? 'INT' : 'REAL');
