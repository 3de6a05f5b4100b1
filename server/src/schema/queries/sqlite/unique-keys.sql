-- Unique indexes of one table that hold for all rows, one row a column. Expressions have no name.
SELECT list.seq AS id, info.name AS column_name
FROM temp.pragma_index_list(?) AS list
JOIN temp.pragma_index_info(list.name) AS info
WHERE list."unique" = 1 AND list.partial = 0 AND list.origin <> 'pk'
ORDER BY list.seq DESC, info.seqno;
