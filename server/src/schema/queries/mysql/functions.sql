-- Functions and procedures of the given schemas with their parameters. ?: names.
SELECT routines.routine_schema AS namespace, routines.routine_name AS name, routines.routine_type AS kind,
  routines.dtd_identifier AS returns, routines.routine_comment AS comment,
  group_concat(concat(parameters.parameter_name, ' ', parameters.dtd_identifier)
    ORDER BY parameters.ordinal_position SEPARATOR ', ') AS arguments
FROM information_schema.routines AS routines
LEFT JOIN information_schema.parameters AS parameters
  ON parameters.specific_schema = routines.routine_schema
  AND parameters.specific_name = routines.specific_name
  AND parameters.ordinal_position > 0
WHERE routines.routine_schema IN (?)
GROUP BY routines.routine_schema, routines.routine_name, routines.routine_type, routines.dtd_identifier,
  routines.routine_comment
ORDER BY routines.routine_schema, routines.routine_name;
