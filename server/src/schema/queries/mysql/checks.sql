-- CHECK constraints of one schema. MySQL's view has no table name, so every column the server has is taken. ?: schema.
SELECT *
FROM information_schema.check_constraints
WHERE constraint_schema = ?;
