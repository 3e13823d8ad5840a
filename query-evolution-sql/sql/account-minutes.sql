-- What each account has paid in each minute. To begin with a part of the history:
--   'scan.startup.mode' = 'timestamp', 'scan.startup.timestamp-millis' = the beginning of a minute
SET 'pipeline.name' = 'account-minutes';

-- Payments as they come, {"id":"p-1","account":"a","amount":5}; when, Kafka says.
CREATE TABLE payments (
  id STRING,
  account STRING,
  amount BIGINT,
  paid_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  WATERMARK FOR paid_at AS paid_at
) WITH (
  'connector' = 'kafka',
  'topic' = '${input-topic}',
  'properties.bootstrap.servers' = '${bootstrap-servers}',
  'properties.group.id' = '${group-id}',
  'properties.isolation.level' = 'read_committed',
  'format' = 'json',
  'scan.startup.mode' = '${startup-mode}',
  '${startup-option}' = '${startup-value}'
);

CREATE TABLE account_minutes (
  account STRING,
  window_start TIMESTAMP_LTZ(3),
  payments BIGINT,
  total BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = '${output-topic}',
  'properties.bootstrap.servers' = '${bootstrap-servers}',
  'format' = 'json',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = '${output-topic}',
  'sink.transaction-naming-strategy' = 'POOLING',
  'properties.transaction.timeout.ms' = '900000'
);

INSERT INTO account_minutes
SELECT account, window_start, COUNT(*), SUM(amount)
FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(paid_at), INTERVAL '1' MINUTE))
GROUP BY account, window_start, window_end;
