package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What SQL makes of what Debezium says by default, without the row before, and of what it says again. */
@ExtendWith(KafkaExtension.class)
class SqlUpsertIT {

    private final KafkaBroker kafka;
    private final String base = Topics.unique("shop") + ".public";
    private final String output = Topics.unique("newest");

    @TempDir
    private Path folder;

    SqlUpsertIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    @BeforeEach
    void createTopics() {
        for (String table : List.of(".orders", ".customers", ".order_lines")) {
            Topics.create(kafka.bootstrapServers(), base + table, 1);
        }
        Topics.create(kafka.bootstrapServers(), output, 1);
    }

    private void tell(byte[]... changes) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (byte[] change : changes) {
                producer.send(new ProducerRecord<>(base + ".orders", ChangeDocument.key(1), change))
                        .get();
            }
        }
    }

    private List<Integer> versionsIn(String topic) {
        return TopicReader.readAll(kafka.bootstrapServers(), topic).stream()
                .map(record -> ChangeDocument.versionOf(record.value()))
                .toList();
    }

    private WorkerTask task(Variant variant, String input) throws Exception {
        return new WorkerTask(
                variant,
                WorkerTask.Work.TO_THE_END,
                kafka.bootstrapServers(),
                input,
                output,
                2,
                1,
                Duration.ofMillis(100),
                Files.createFile(folder.resolve("client.properties")),
                false,
                folder,
                List.of());
    }

    @Test
    void failsOnAnUpdateWithoutTheRowBefore() throws Exception {
        tell(ChangeDocument.insert(0, 1, 1), ChangeDocument.updateWithoutBefore(1, 1, 2));

        assertThatThrownBy(() -> FlinkRun.toTheEnd(task(Variant.SQL_UPSERT_HASHMAP, base + ".orders")))
                .rootCause()
                .hasMessageContaining("The \"before\" field of UPDATE message is null")
                .hasMessageContaining("REPLICA IDENTITY");
    }

    @Test
    void whichTheRecipeTakes() throws Exception {
        tell(ChangeDocument.insert(0, 1, 1), ChangeDocument.updateWithoutBefore(1, 1, 2));

        FlinkRun.toTheEnd(task(Variant.VIEW_HASHMAP, base));

        assertThat(versionsIn(output + ".orders")).containsExactly(1, 2);
    }

    /** Debezium tells from its last offset again after a crash. */
    private void tellAgain() throws Exception {
        tell(
                ChangeDocument.insert(0, 1, 1),
                ChangeDocument.insert(0, 1, 1),
                ChangeDocument.update(1, 1, 2),
                ChangeDocument.insert(0, 1, 1),
                ChangeDocument.update(1, 1, 2));
    }

    @Test
    void goesBackToAnOldRowThatIsToldAgain() throws Exception {
        tellAgain();

        FlinkRun.toTheEnd(task(Variant.SQL_UPSERT_HASHMAP, base + ".orders"));

        assertThat(versionsIn(output)).containsExactly(1, 2, 1, 2);
    }

    @Test
    void whichTheRecipeDoesNot() throws Exception {
        tellAgain();

        FlinkRun.toTheEnd(task(Variant.VIEW_HASHMAP, base));

        assertThat(versionsIn(output + ".orders")).containsExactly(1, 2);
    }
}
