-- Tables whose rows lie in the file: a virtual one has no page, and its definition begins otherwise.
SELECT name
FROM main.sqlite_schema
WHERE type = 'table' AND rootpage > 0 AND sql LIKE 'CREATE TABLE%';
