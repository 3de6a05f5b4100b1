-- Relations and sequences outside the system's own schemas that this user may enter. $1: names of schemas, or null for all.
SELECT
  relation.oid::pg_catalog.text AS id,
  namespace.nspname AS namespace,
  relation.relname AS name,
  relation.relkind AS kind,
  relation.relispartition AS is_partition,
  relation.reltuples::pg_catalog.float8 AS row_count
FROM pg_catalog.pg_class AS relation
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE relation.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND NOT pg_catalog.starts_with(namespace.nspname::pg_catalog.text, 'pg_')
  AND namespace.nspname <> 'information_schema'
  AND ($1::pg_catalog.text[] IS NULL OR namespace.nspname = ANY ($1::pg_catalog.text[]))
  AND pg_catalog.has_schema_privilege(namespace.oid, 'USAGE')
ORDER BY namespace.nspname <> 'public', namespace.nspname, relation.oid;
