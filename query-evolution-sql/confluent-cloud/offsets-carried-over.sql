-- Not executed on Confluent Cloud.
-- Version 2 starts where version 1 stops, by itself. Only for a statement without state of its own.
-- Nearest scenario in open source: SqlStatementJobIT.goesOnAtItsLastOffsetsWithEachRowOnce
-- Control, what happens with state: SqlStatementJobIT.isWrongIfItGoesOnAtTheOffsets
-- 
-- 1. Create version 2. It stays PENDING until version 1 stops, up to six hours; so without --wait:
--      confluent flink statement create large-payments-v2 --sql "$(cat offsets-carried-over.sql)" --compute-pool lfcp-example --database shop \
--        --property sql.tables.initial-offset-from=large-payments-v1
--    In the SQL shell the same is: SET 'sql.tables.initial-offset-from' = 'large-payments-v1';
-- 2. Stop version 1, and see that version 2 runs:
--      confluent flink statement stop large-payments-v1
--      confluent flink statement describe large-payments-v2 -o json

INSERT INTO large_payments
SELECT id, account, amount FROM payments WHERE amount >= 50;
