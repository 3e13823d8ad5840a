-- Not executed on Confluent Cloud.
-- Version 2 reads one table from a point in time on. Right for windows that begin after it, not for totals of all time.
-- Nearest scenarios in open source: SqlStatementJobIT.goesOnAtATimestampWithThoseOfTheOverlapTwice,
-- and for windows isRightForEachWindowThatBeginsAfterItsBeginning
-- 
--      confluent flink statement create large-payments-v2 --sql "$(cat partial-history-hint.sql)" --compute-pool lfcp-example --database shop
--      confluent flink statement describe large-payments-v2 -o json

INSERT INTO large_payments_v2
SELECT id, account, amount FROM payments
/*+ OPTIONS('scan.startup.mode' = 'timestamp', 'scan.startup.timestamp-millis' = '1767261600000') */
WHERE amount >= 50;
