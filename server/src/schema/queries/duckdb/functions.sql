-- Macros the database defines.
SELECT schema_name AS namespace, function_name AS name, parameters, return_type AS returns, comment
FROM system.main.duckdb_functions()
WHERE database_name = system.main.current_database() AND NOT internal AND function_type IN ('macro', 'table_macro')
ORDER BY schema_name, function_name;
