-- Labels of enum types in their order.
SELECT enumtypid::pg_catalog.text AS type_id, pg_catalog.array_agg(enumlabel::pg_catalog.text ORDER BY enumsortorder) AS labels
FROM pg_catalog.pg_enum
GROUP BY enumtypid;
