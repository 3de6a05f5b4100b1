-- Columns of one table or view; hidden: 0 plain, 1 hidden column of a virtual table, 2 and 3 generated.
SELECT name, type, "notnull" AS not_null, dflt_value AS default_value, pk AS primary_key, hidden
FROM temp.pragma_table_xinfo(?)
ORDER BY cid;
