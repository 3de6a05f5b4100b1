-- Whether a domain has a CHECK that may run more than the system's and extensions' immutable functions.
SELECT EXISTS (
  SELECT 1
  FROM pg_catalog.pg_type AS domain
  JOIN pg_catalog.pg_constraint AS rule ON rule.contypid = domain.oid
  CROSS JOIN LATERAL pg_catalog.regexp_matches(
    rule.conbin::pg_catalog.text, ':(?:op)?funcid ([0-9]+)', 'g'
  ) AS called (id)
  JOIN pg_catalog.pg_proc AS function ON function.oid = called.id[1]::pg_catalog.oid
  JOIN pg_catalog.pg_language AS language ON language.oid = function.prolang
  WHERE domain.typtype = 'd'
    AND (function.provolatile <> 'i' OR language.lanname NOT IN ('internal', 'c'))
) AS literals_run;
