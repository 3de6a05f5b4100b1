-- Primary and foreign keys of the given relations, columns by number. $1: oids.
SELECT
  conrelid::text AS table_id,
  contype AS kind,
  conkey::int[] AS columns,
  confrelid::text AS target_id,
  confkey::int[] AS target_columns
FROM pg_catalog.pg_constraint
WHERE conrelid = ANY ($1::oid[]) AND contype IN ('p', 'f') AND conparentid = 0
ORDER BY conrelid, oid;
