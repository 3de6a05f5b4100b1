-- Functions and procedures outside the system's schemas; trigger functions cannot be called. $1: schemas, or null.
SELECT
  namespace.nspname AS namespace,
  function.proname AS name,
  pg_catalog.pg_get_function_arguments(function.oid) AS arguments,
  pg_catalog.pg_get_function_result(function.oid) AS returns,
  pg_catalog.obj_description(function.oid, 'pg_proc') AS comment
FROM pg_catalog.pg_proc AS function
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = function.pronamespace
WHERE NOT pg_catalog.starts_with(namespace.nspname::pg_catalog.text, 'pg_')
  AND namespace.nspname <> 'information_schema'
  AND ($1::pg_catalog.text[] IS NULL OR namespace.nspname = ANY ($1::pg_catalog.text[]))
  AND function.prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype
  AND pg_catalog.has_schema_privilege(namespace.oid, 'USAGE')
ORDER BY namespace.nspname, function.proname, function.oid;
