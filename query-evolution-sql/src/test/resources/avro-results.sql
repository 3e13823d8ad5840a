SET 'pipeline.name' = 'avro-results';

CREATE TABLE results (
  ${columns}
) WITH (
  'connector' = 'kafka',
  'topic' = '${output-topic}',
  'properties.bootstrap.servers' = '${bootstrap-servers}',
  'format' = 'avro-confluent',
  'avro-confluent.url' = '${registry}'${options}
);

INSERT INTO results VALUES ('p-1', ${values});
