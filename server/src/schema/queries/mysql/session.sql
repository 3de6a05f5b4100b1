-- The database names are looked up in, and how this session reads names and strings.
SELECT DATABASE() AS own, @@lower_case_table_names AS folding, @@sql_mode AS mode;
