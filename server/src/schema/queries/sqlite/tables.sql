-- Tables and views of the main database in the order they were made.
SELECT name, type, sql AS definition
FROM main.sqlite_schema
WHERE type IN ('table', 'view')
ORDER BY rowid;
