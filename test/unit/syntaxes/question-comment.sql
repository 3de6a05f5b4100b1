# SYNTAX TEST "source.sql" "Question comments stand out, and nothing else does"

-- ? customers who never ordered
#<- comment.line.double-dash.question.sql-ahead punctuation.definition.comment.sql-ahead
#  ^ comment.line.double-dash.question.sql-ahead keyword.control.question.sql-ahead
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ comment.line.double-dash.question.sql-ahead markup.italic.question.sql-ahead

--? without a space
# ^ keyword.control.question.sql-ahead

   -- Ask: in another case, indented
#     ^^^^ comment.line.double-dash.question.sql-ahead keyword.control.question.sql-ahead
#         ^^^^^^^^^^^^^^^^^^^^^^^^^^ markup.italic.question.sql-ahead

SELECT 1 FROM t; -- ? behind a statement
#<------ keyword.other.DML.sql
#                   ^ comment.line.double-dash.question.sql-ahead keyword.control.question.sql-ahead

/* ? over two
   lines */ SELECT 1
#  ^^^^^^ comment.block.question.sql-ahead markup.italic.question.sql-ahead
#        ^^ comment.block.question.sql-ahead punctuation.definition.comment.sql-ahead
#           ^^^^^^ keyword.other.DML.sql - comment

-- plain, with a ? inside and -- ? another
#  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ comment.line.double-dash.sql - keyword.control.question.sql-ahead

/* plain -- ? inside */ SELECT 1
#           ^ comment.block - keyword.control.question.sql-ahead
#                       ^^^^^^ keyword.other.DML.sql - comment

SELECT '-- ? a string' FROM t
#         ^ string.quoted.single.sql - keyword.control.question.sql-ahead
#                      ^^^^ keyword.other.DML.sql

SELECT 1 FROM t -- asking: nothing
#                  ^^^^^^ comment.line.double-dash.sql - keyword.control.question.sql-ahead
