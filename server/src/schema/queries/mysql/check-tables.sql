-- The tables of named CHECK constraints (MySQL). ?: schema.
SELECT constraint_name AS constraint_name, table_name AS table_name
FROM information_schema.table_constraints
WHERE constraint_schema = ? AND constraint_type = 'CHECK';
