-- Columns of one schema. ?: schema.
SELECT table_name AS table_name, column_name AS name, column_type AS type, is_nullable = 'YES' AS nullable,
  column_default AS default_value, extra AS extra, column_comment AS comment, data_type AS data_type
FROM information_schema.columns
WHERE table_schema = ?
ORDER BY table_name, ordinal_position;
