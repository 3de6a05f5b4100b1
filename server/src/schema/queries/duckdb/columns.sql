-- Columns of the opened database.
SELECT schema_name AS namespace, table_name, column_name AS name, data_type AS type, is_nullable AS nullable,
  column_default AS default_value, comment
FROM system.main.duckdb_columns()
WHERE database_name = system.main.current_database() AND NOT internal
ORDER BY schema_name, table_name, column_index;
