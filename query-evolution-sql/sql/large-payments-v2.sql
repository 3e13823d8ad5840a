-- Version 2: from 50 on. It starts where version 1 has ended:
--   'scan.startup.mode' = 'specific-offsets', 'scan.startup.specific-offsets' = 'partition:0,offset:42;partition:1,offset:7'
-- or somewhat before:
--   'scan.startup.mode' = 'timestamp', 'scan.startup.timestamp-millis' = '1767261600000'
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
SELECT id, account, amount
FROM payments /*+ OPTIONS('scan.startup.mode' = '${startup-mode}', '${startup-option}' = '${startup-value}') */
WHERE amount >= 50;
