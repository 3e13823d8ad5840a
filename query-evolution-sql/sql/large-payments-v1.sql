SET 'pipeline.name' = 'large-payments';

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

CREATE TABLE large_payments (
  id STRING,
  account STRING,
  amount BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = '${output-topic}',
  'properties.bootstrap.servers' = '${bootstrap-servers}' ${kafka-properties},
  'format' = 'json',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = '${output-topic}',
  'sink.transaction-naming-strategy' = 'POOLING',
  'properties.transaction.timeout.ms' = '900000'
);

INSERT INTO large_payments
SELECT id, account, amount FROM payments WHERE amount >= 100;
