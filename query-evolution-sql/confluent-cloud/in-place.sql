-- Not executed on Confluent Cloud.
-- Version 2 writes the same table again, from the beginning. The table needs a primary key; each account goes back in time meanwhile.
-- Executed in open source: SqlStatementJobIT.writesTheSameTableAgain
-- 
--      confluent flink statement stop account-totals-v1
--      confluent flink statement create account-totals-v2 --sql "$(cat in-place.sql)" --compute-pool lfcp-example --database shop
--      confluent flink statement describe account-totals-v2 -o json

INSERT INTO account_totals
SELECT account, COUNT(*), SUM(amount)
FROM payments /*+ OPTIONS('scan.startup.mode' = 'earliest-offset') */
WHERE amount >= 10 GROUP BY account;
