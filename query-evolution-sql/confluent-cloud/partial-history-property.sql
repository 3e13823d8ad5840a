-- Not executed on Confluent Cloud.
-- The same for all tables of the statement, by a property instead of a hint.
-- Nearest scenario in open source: SqlStatementJobIT.goesOnAtATimestampWithThoseOfTheOverlapTwice
-- 
--      confluent flink statement create large-payments-v2 --sql "$(cat partial-history-property.sql)" --compute-pool lfcp-example --database shop \
--        --property sql.tables.scan.startup.mode=timestamp --property sql.tables.scan.startup.timestamp-millis=1767261600000

INSERT INTO large_payments_v2
SELECT id, account, amount FROM payments WHERE amount >= 50;
