-- Primary and foreign keys of the given relations, columns by number. $1: oids.
SELECT
  conrelid::pg_catalog.text AS table_id,
  contype AS kind,
  conkey::pg_catalog.int4[] AS columns,
  confrelid::pg_catalog.text AS target_id,
  confkey::pg_catalog.int4[] AS target_columns
FROM pg_catalog.pg_constraint
WHERE conrelid = ANY ($1::pg_catalog.oid[]) AND contype IN ('p', 'f') AND conparentid = 0
ORDER BY conrelid, oid;
