-- Relations outside the system's own schemas that this user may enter. Partitions stand behind their parent and are
-- left out. $1: names of schemas, or null for all.
SELECT
  relation.oid::text AS id,
  namespace.nspname AS namespace,
  relation.relname AS name,
  relation.relkind AS kind,
  relation.reltuples::float8 AS row_count
FROM pg_catalog.pg_class AS relation
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE relation.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND NOT relation.relispartition
  AND namespace.nspname NOT LIKE 'pg\_%'
  AND namespace.nspname <> 'information_schema'
  AND ($1::text[] IS NULL OR namespace.nspname = ANY ($1::text[]))
  AND pg_catalog.has_schema_privilege(namespace.oid, 'USAGE')
ORDER BY namespace.nspname <> 'public', namespace.nspname, relation.oid;
