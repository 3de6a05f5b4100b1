-- Unique indexes that hold for all rows and name columns only. $1: oids.
SELECT
  indrelid::pg_catalog.text AS table_id,
  (pg_catalog.string_to_array(indkey::pg_catalog.text, ' ')::pg_catalog.int4[])[1:indnkeyatts] AS columns
FROM pg_catalog.pg_index
WHERE indrelid = ANY ($1::pg_catalog.oid[])
  AND indisunique AND NOT indisprimary AND indisvalid
  AND indpred IS NULL AND indexprs IS NULL
ORDER BY indrelid, indexrelid;
