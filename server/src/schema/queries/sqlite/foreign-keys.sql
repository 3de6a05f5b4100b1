-- Foreign keys of one table, one row a column, in the order they were declared (SQLite numbers them backwards).
SELECT id, "table" AS target_table, "from" AS column_name, "to" AS target_column
FROM temp.pragma_foreign_key_list(?)
ORDER BY id DESC, seq;
