-- Columns of the given relations. $1: oids.
SELECT
  attribute.attrelid::pg_catalog.text AS table_id,
  attribute.attnum AS number,
  attribute.attname AS name,
  pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) AS type,
  type.oid::pg_catalog.text AS type_id,
  attribute.attnotnull OR type.typnotnull AS not_null,
  attribute.attgenerated <> '' AS generated,
  attribute.attidentity <> '' AS is_identity,
  pg_catalog.pg_get_expr(value.adbin, value.adrelid) AS default_value
FROM pg_catalog.pg_attribute AS attribute
JOIN pg_catalog.pg_type AS type ON type.oid = attribute.atttypid
LEFT JOIN pg_catalog.pg_attrdef AS value
  ON value.adrelid = attribute.attrelid AND value.adnum = attribute.attnum
WHERE attribute.attrelid = ANY ($1::pg_catalog.oid[]) AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY attribute.attrelid, attribute.attnum;
