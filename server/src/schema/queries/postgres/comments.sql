-- Comments on the given relations (number 0) and their columns. $1: oids.
SELECT objoid::text AS table_id, objsubid AS number, description AS comment
FROM pg_catalog.pg_description
WHERE classoid = 'pg_catalog.pg_class'::regclass AND objoid = ANY ($1::oid[]);
