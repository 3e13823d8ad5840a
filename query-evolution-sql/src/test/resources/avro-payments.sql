SET 'pipeline.name' = 'avro-payments';

CREATE TABLE payments (
  ${columns}
) WITH (
  'connector' = 'kafka',
  'topic' = '${input-topic}',
  'properties.bootstrap.servers' = '${bootstrap-servers}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'avro-confluent',
  'avro-confluent.url' = '${registry}'${options}
);

CREATE TABLE results (
  ${columns}
) WITH (
  'connector' = 'kafka',
  'topic' = '${output-topic}',
  'properties.bootstrap.servers' = '${bootstrap-servers}',
  'format' = 'json'
);

INSERT INTO results SELECT * FROM payments;
