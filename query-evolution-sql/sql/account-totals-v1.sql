SET 'pipeline.name' = 'account-totals';

-- Payments as they come, {"id":"p-1","account":"a","amount":5}.
CREATE TABLE payments (
  id STRING,
  account STRING,
  amount BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = '${input-topic}',
  'properties.bootstrap.servers' = '${bootstrap-servers}' ${kafka-properties},
  'properties.group.id' = '${group-id}',
  'properties.isolation.level' = 'read_committed',
  'format' = 'json',
  'scan.startup.mode' = 'earliest-offset'
);

-- The newest total of each account; older ones are compacted away.
CREATE TABLE account_totals (
  account STRING,
  payments BIGINT,
  total BIGINT,
  PRIMARY KEY (account) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = '${output-topic}',
  'properties.bootstrap.servers' = '${bootstrap-servers}' ${kafka-properties},
  'key.format' = 'json',
  'value.format' = 'json',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = '${transactional-id-prefix}',
  'sink.transaction-naming-strategy' = 'POOLING',
  'properties.transaction.timeout.ms' = '900000'
);

INSERT INTO account_totals
SELECT account, COUNT(*), SUM(amount) FROM payments GROUP BY account;
