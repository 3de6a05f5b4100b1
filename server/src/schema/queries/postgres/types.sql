-- Domains with the type each is made of, and composite types with their fields in order.
SELECT oid::pg_catalog.text AS type_id, typbasetype::pg_catalog.text AS base_id, NULL AS field, NULL AS type,
  NULL AS field_type_id
FROM pg_catalog.pg_type
WHERE typtype = 'd'
UNION ALL
SELECT type.oid::pg_catalog.text, NULL, field.attname, pg_catalog.format_type(field.atttypid, field.atttypmod),
  field.atttypid::pg_catalog.text
FROM pg_catalog.pg_type AS type
JOIN pg_catalog.pg_class AS relation ON relation.oid = type.typrelid AND relation.relkind = 'c'
JOIN (SELECT * FROM pg_catalog.pg_attribute ORDER BY attrelid, attnum) AS field ON field.attrelid = relation.oid
WHERE field.attnum > 0 AND NOT field.attisdropped;
