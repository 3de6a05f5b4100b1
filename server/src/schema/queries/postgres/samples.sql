-- Values of columns, frequent ones first, as ANALYZE noted them, and whether there are few others: no table is read. $1: oids.
SELECT relation.oid::pg_catalog.text AS table_id, statistics.attname AS name,
  coalesce(statistics.most_common_vals::pg_catalog.text::pg_catalog.text[], '{}') || coalesce(statistics.histogram_bounds::pg_catalog.text::pg_catalog.text[], '{}') AS list,
  statistics.n_distinct BETWEEN 1 AND 20 AS are_few
FROM pg_catalog.pg_stats AS statistics
JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = statistics.schemaname
JOIN pg_catalog.pg_class AS relation
  ON relation.relnamespace = namespace.oid AND relation.relname = statistics.tablename
WHERE relation.oid = ANY ($1::pg_catalog.oid[])
  AND (statistics.most_common_vals IS NOT NULL OR statistics.histogram_bounds IS NOT NULL);
