/**
 * Real Kafka, Postgres and Flink on this machine, without Docker: for tests, demos and benchmarks.
 *
 * <p>A {@link dev.flinkcookbook.testbed.KafkaBroker} runs in this JVM or in a child that can be killed and paused; a
 * {@link dev.flinkcookbook.testbed.TopicReader} reads what a consumer that respects transactions would see;
 * {@link dev.flinkcookbook.testbed.KafkaExtension}, {@link dev.flinkcookbook.testbed.PostgresExtension} and
 * {@link dev.flinkcookbook.testbed.FlinkExtension} bring them into JUnit, so that a recipe's own {@code main} runs in a test.
 * A {@link dev.flinkcookbook.testbed.SessionCluster} is made of processes that can be killed, and
 * {@link dev.flinkcookbook.testbed.FlinkRest} runs jars on it. Nothing listens beyond the loopback address, and nothing stays
 * behind when the JVM ends, also by kill -9, but for the unpacked binaries of Postgres.
 */
package dev.flinkcookbook.testbed;
