-- Macros the database defines.
SELECT schema_name AS namespace, function_name AS name, parameters, return_type AS returns, comment
FROM duckdb_functions()
WHERE database_name = current_database() AND NOT internal AND function_type IN ('macro', 'table_macro')
ORDER BY schema_name, function_name;
