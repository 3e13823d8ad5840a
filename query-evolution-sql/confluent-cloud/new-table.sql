-- Not executed on Confluent Cloud.
-- Replace a statement by one that writes a new table from the beginning. For any change; the state is built anew.
-- Executed in open source: SqlStatementJobIT.isReplacedByOneThatWritesANewTableFromTheBeginning
-- 
-- 1. Create version 2 with the statement below:
--      confluent flink statement create account-totals-v2 --sql "$(cat new-table.sql)" --compute-pool lfcp-example --database shop
-- 2. Wait until its messages behind are near zero, and look for failures:
--      confluent flink statement describe account-totals-v2 -o json
--      confluent flink statement exception list account-totals-v2
-- 3. Move the consumers to account_totals_v2.
-- 4. Stop version 1:
--      confluent flink statement stop account-totals-v1

CREATE TABLE account_totals_v2 (PRIMARY KEY (account) NOT ENFORCED) AS
SELECT account, COUNT(*) AS payments, SUM(amount) AS total FROM payments WHERE amount >= 10 GROUP BY account;
