-- CHECK constraints: of tables ($1: oids), and of the domains their columns may have.
SELECT conrelid::text AS table_id, NULL AS type_name, pg_catalog.pg_get_constraintdef(oid) AS definition
FROM pg_catalog.pg_constraint
WHERE contype = 'c' AND conrelid = ANY ($1::oid[])
UNION ALL
SELECT NULL, pg_catalog.format_type(contypid, NULL), pg_catalog.pg_get_constraintdef(oid)
FROM pg_catalog.pg_constraint
WHERE contype = 'c' AND contypid <> 0;
