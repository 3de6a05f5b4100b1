-- CHECK constraints: of tables ($1: oids), and of the domains their columns may have.
SELECT conrelid::pg_catalog.text AS table_id, NULL AS type_id, pg_catalog.pg_get_constraintdef(oid) AS definition
FROM pg_catalog.pg_constraint
WHERE contype = 'c' AND conrelid = ANY ($1::pg_catalog.oid[])
UNION ALL
SELECT NULL, contypid::pg_catalog.text, pg_catalog.pg_get_constraintdef(oid)
FROM pg_catalog.pg_constraint
WHERE contype = 'c' AND contypid <> 0;
