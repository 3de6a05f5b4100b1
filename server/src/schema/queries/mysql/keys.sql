-- Primary, unique and foreign keys of one schema, one row a column. What table_constraints says of their kinds takes more
-- rights than SELECT; here a primary key goes by its name, and a foreign key by what it leads to. ?: schema.
SELECT table_name AS table_name, constraint_name AS constraint_name, column_name AS column_name,
  referenced_table_schema AS target_namespace, referenced_table_name AS target_table,
  referenced_column_name AS target_column
FROM information_schema.key_column_usage
WHERE table_schema = ?
ORDER BY table_name, constraint_name, referenced_table_name IS NULL, ordinal_position;
