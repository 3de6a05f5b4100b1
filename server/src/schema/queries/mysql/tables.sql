-- Tables, views and sequences of the given schemas. ?: names.
SELECT table_schema AS namespace, table_name AS name, table_type AS kind, table_rows AS row_count,
  table_comment AS comment
FROM information_schema.tables
WHERE table_schema IN (?) AND table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED', 'SEQUENCE')
ORDER BY table_schema, create_time, table_name;
