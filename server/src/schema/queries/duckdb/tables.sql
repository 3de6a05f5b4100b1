-- Tables and views of the opened database.
SELECT schema_name AS namespace, table_name AS name, 'table' AS kind, estimated_size AS row_count, comment, table_oid AS id
FROM duckdb_tables()
WHERE database_name = current_database() AND NOT internal AND NOT temporary
UNION ALL
SELECT schema_name, view_name, 'view', NULL, comment, view_oid
FROM duckdb_views()
WHERE database_name = current_database() AND NOT internal AND NOT temporary
ORDER BY kind, id;
