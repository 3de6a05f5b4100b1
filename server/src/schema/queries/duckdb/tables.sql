-- Tables and views of the opened database. A macro of the file may have the name of any function: those of the system are
-- named in full.
SELECT schema_name AS namespace, table_name AS name, 'table' AS kind, estimated_size AS row_count, comment, sql AS definition,
  table_oid AS id
FROM system.main.duckdb_tables()
WHERE database_name = system.main.current_database() AND NOT internal AND NOT temporary
UNION ALL
SELECT schema_name, view_name, 'view', NULL, comment, NULL, view_oid
FROM system.main.duckdb_views()
WHERE database_name = system.main.current_database() AND NOT internal AND NOT temporary
ORDER BY kind, id;
