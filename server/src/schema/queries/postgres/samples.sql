-- Frequent values of columns with few different ones, as ANALYZE noted them: no table is read. $1: oids.
SELECT relation.oid::text AS table_id, statistics.attname AS name, statistics.most_common_vals::text::text[] AS list
FROM pg_catalog.pg_stats AS statistics
JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = statistics.schemaname
JOIN pg_catalog.pg_class AS relation
  ON relation.relnamespace = namespace.oid AND relation.relname = statistics.tablename
WHERE relation.oid = ANY ($1::oid[]) AND statistics.n_distinct BETWEEN 1 AND 20
  AND statistics.most_common_vals IS NOT NULL;
