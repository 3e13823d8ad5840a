-- Not executed on Confluent Cloud.
-- The same by hand: for some tables of a statement, or if more than six hours lie between. Only without state of its own.
-- Executed in open source: SqlStatementJobIT.goesOnAtItsLastOffsetsWithEachRowOnce
-- Control, what happens with state: SqlStatementJobIT.isWrongIfItGoesOnAtTheOffsets
-- 
-- 1. Stop version 1 and read status.latest_offsets:
--      confluent flink statement stop large-payments-v1
--      confluent flink statement describe large-payments-v1 -o json
-- 2. Put those of each partition into the hint below, and create version 2:
--      confluent flink statement create large-payments-v2 --sql "$(cat offsets-by-hand.sql)" --compute-pool lfcp-example --database shop

INSERT INTO large_payments
SELECT id, account, amount FROM payments
/*+ OPTIONS('scan.startup.mode' = 'specific-offsets', 'scan.startup.specific-offsets' = 'partition:0,offset:42;partition:1,offset:7') */
WHERE amount >= 50;
