-- Comments on the given relations (number 0) and their columns. $1: oids.
SELECT objoid::pg_catalog.text AS table_id, objsubid AS number, description AS comment
FROM pg_catalog.pg_description
WHERE classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND objoid = ANY ($1::pg_catalog.oid[]);
