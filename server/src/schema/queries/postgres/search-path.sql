-- Schemas that are searched for names without one, the first one first.
SELECT unnest(pg_catalog.current_schemas(false))::text AS namespace;
