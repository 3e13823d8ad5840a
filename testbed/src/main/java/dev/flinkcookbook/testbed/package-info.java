/**
 * Real Kafka and real Flink on this machine, without Docker: for tests, demos and benchmarks.
 *
 * <p>A {@link dev.flinkcookbook.testbed.KafkaBroker} runs in this JVM or in a child that can be killed and paused; a
 * {@link dev.flinkcookbook.testbed.TopicReader} reads what a consumer that respects transactions would see;
 * {@link dev.flinkcookbook.testbed.KafkaExtension} and {@link dev.flinkcookbook.testbed.FlinkExtension} bring both into
 * JUnit, so that a recipe's own {@code main} runs in a test. Nothing listens beyond the loopback address, and nothing
 * stays behind when the JVM ends.
 */
package dev.flinkcookbook.testbed;
