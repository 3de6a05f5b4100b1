-- Keys and CHECK constraints of the opened database.
SELECT schema_name AS namespace, table_name, constraint_type AS kind, constraint_column_names AS columns,
  referenced_table AS target_table, referenced_column_names AS target_columns, expression
FROM system.main.duckdb_constraints()
WHERE database_name = system.main.current_database()
ORDER BY table_oid, constraint_index;
