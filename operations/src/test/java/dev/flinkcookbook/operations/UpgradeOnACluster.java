package dev.flinkcookbook.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.TopicReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import picocli.CommandLine;

/** A cluster, its Kafka, and the command as a person calls it. */
record UpgradeOnACluster(SessionCluster cluster, KafkaBroker kafka) {
    /**
     * What the command has said.
     *
     * @param last the last line on standard output
     */
    record Said(int exitCode, String out, String errors, String last) {}

    /** Input that arrives meanwhile. */
    record Traffic(PacedInput input, CompletableFuture<Void> sending) {
        /** Ends it; returns how many records there are. */
        long stop() {
            input.stop();
            sending.join();
            return input.sent();
        }
    }

    Said upgrade(String job, Path jar, List<String> flags, List<String> jobFlags) {
        List<String> all = new ArrayList<>(List.of(
                "--jobmanager",
                cluster.restAddress(),
                "--job",
                job,
                "--jar",
                jar.toString(),
                "--savepoint-dir",
                cluster.savepoints().toUri().toString()));
        all.addAll(flags);
        all.add("--");
        all.addAll(jobFlags);
        return upgrade(all.toArray(String[]::new));
    }

    static Said upgrade(String... flags) {
        StringWriter out = new StringWriter();
        StringWriter errors = new StringWriter();
        CommandLine command =
                UpgradeCommand.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(errors));
        int exitCode = command.execute(flags);
        List<String> lines = out.toString().lines().toList();
        System.err.println(out + "\n" + errors);
        return new Said(
                exitCode, out.toString(), errors.toString(), lines.isEmpty() ? "" : lines.get(lines.size() - 1));
    }

    Traffic traffic(String topic, int perSecond, LongFunction<String> value) {
        Properties client = new Properties();
        client.setProperty("bootstrap.servers", kafka.bootstrapServers());
        PacedInput input = new PacedInput(perSecond);
        long[] number = {0};
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            try {
                input.send(
                        client,
                        topic,
                        Long.MAX_VALUE,
                        partitions -> new ProducerRecord<>(
                                topic, value.apply(number[0]++).getBytes(StandardCharsets.UTF_8)));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        return new Traffic(input, sending);
    }

    private static List<String> text(List<ConsumerRecord<byte[], byte[]>> records) {
        return records.stream()
                .map(record -> new String(record.value(), StandardCharsets.UTF_8))
                .toList();
    }

    /** The values that stand in a topic once there are so many, and no transaction is open. */
    List<String> values(String topic, int atLeast) {
        TopicReader.awaitCommitted(kafka.bootstrapServers(), topic, atLeast, Duration.ofSeconds(60));
        return text(TopicReader.readAll(kafka.bootstrapServers(), topic));
    }

    void assertNothingLostNorRepeated(String topic, List<String> expected) {
        assertThat(values(topic, expected.size())).containsExactlyInAnyOrderElementsOf(expected);
    }
}
