-- Tables and views of the main database in the order they were made. Shadow tables of virtual ones and SQLite's own
-- are left out.
SELECT list.name AS name, list.type AS type, entry.sql AS definition
FROM pragma_table_list AS list
JOIN sqlite_schema AS entry ON entry.name = list.name AND entry.type IN ('table', 'view')
WHERE list.schema = 'main'
  AND list.type IN ('table', 'view', 'virtual')
  AND list.name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY entry.rowid;
