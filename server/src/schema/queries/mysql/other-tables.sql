-- Names alone, of all schemas but the given ones and the server's own. ?: names, most rows.
SELECT table_schema AS namespace, table_name AS name
FROM information_schema.tables
WHERE table_schema NOT IN (?)
  AND table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
ORDER BY table_schema, table_name
LIMIT ?;
