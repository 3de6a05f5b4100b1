-- Tables in which the modules of virtual tables keep what is theirs. A table of the file that is called like a
-- table-valued pragma would be read in its place; in temp there is none.
SELECT name
FROM temp.pragma_table_list
WHERE schema = 'main' AND type = 'shadow';
