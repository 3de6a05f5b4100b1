-- Primary, unique and foreign keys of one schema, one row a column. ?: schema.
SELECT usages.table_name AS table_name, usages.constraint_name AS constraint_name,
  constraints.constraint_type AS kind, usages.column_name AS column_name,
  usages.referenced_table_schema AS target_namespace, usages.referenced_table_name AS target_table,
  usages.referenced_column_name AS target_column
FROM information_schema.key_column_usage AS usages
JOIN information_schema.table_constraints AS constraints
  ON constraints.constraint_schema = usages.constraint_schema
  AND constraints.table_name = usages.table_name
  AND constraints.constraint_name = usages.constraint_name
WHERE usages.table_schema = ?
ORDER BY usages.table_name, usages.constraint_name, usages.ordinal_position;
