-- Unique indexes that hold for all rows and name columns only. $1: oids.
SELECT
  indrelid::text AS table_id,
  (string_to_array(indkey::text, ' ')::int[])[1:indnkeyatts] AS columns
FROM pg_catalog.pg_index
WHERE indrelid = ANY ($1::oid[])
  AND indisunique AND NOT indisprimary AND indisvalid
  AND indpred IS NULL AND indexprs IS NULL
ORDER BY indrelid, indexrelid;
