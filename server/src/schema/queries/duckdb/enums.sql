-- Labels of enum types.
SELECT type_name AS name, labels
FROM system.main.duckdb_types()
WHERE database_name = system.main.current_database() AND logical_type = 'ENUM' AND NOT internal;
