-- Labels of enum types in their order.
SELECT enumtypid::text AS type_id, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
FROM pg_catalog.pg_enum
GROUP BY enumtypid;
