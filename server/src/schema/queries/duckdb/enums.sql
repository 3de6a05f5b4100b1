-- Labels of enum types.
SELECT type_name AS name, labels
FROM duckdb_types()
WHERE database_name = current_database() AND logical_type = 'ENUM' AND NOT internal;
