package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.changedatacapture.AwaitOlder.How;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.Topics;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is processed is told by the offsets of a consumer group, which the test commits in place of a job. */
@ExtendWith(KafkaExtension.class)
class AwaitOlderIT {

    private final String topic = Topics.unique("changes");
    private final String group = Topics.unique("group");
    private Properties client;
    private OneInputStreamOperatorTestHarness<String, String> operator;
    private long now;

    @BeforeEach
    void aTopicOfThreePartitionsOfWhichOneIsEmpty(KafkaBroker kafka) {
        client = new Properties();
        client.setProperty("bootstrap.servers", kafka.bootstrapServers());
        Topics.create(kafka.bootstrapServers(), topic, 3);
        write(0);
        write(0);
        write(1);
    }

    @AfterEach
    void close() throws Exception {
        operator.close();
    }

    private void write(int partition) {
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, partition, null, new byte[1]));
        }
    }

    private void processed(int partition, long upTo) throws Exception {
        try (Admin admin = Admin.create(client)) {
            admin.alterConsumerGroupOffsets(
                            group, Map.of(new TopicPartition(topic, partition), new OffsetAndMetadata(upTo)))
                    .all()
                    .get();
        }
    }

    private void open(How how, OperatorSubtaskState state) throws Exception {
        operator = new OneInputStreamOperatorTestHarness<>(
                new AwaitOlder<>(String.class, how, client, group, List.of(topic)));
        if (state != null) {
            operator.initializeState(state);
        }
        operator.open();
        operator.setProcessingTime(now);
    }

    private List<String> afterAnotherLook() throws Exception {
        operator.setProcessingTime(now += 1_000);
        return operator.extractOutputValues();
    }

    @Test
    void holdsUntilAllPartitionsAreProcessedUpToWhereTheyEndedThen() throws Exception {
        open(How.EACH, null);
        operator.processElement("truncation", 0);
        assertThat(afterAnotherLook()).isEmpty();
        write(0); // Later: it does not count.

        processed(0, 2);
        assertThat(afterAnotherLook()).isEmpty();
        processed(1, 1);
        assertThat(afterAnotherLook()).containsExactly("truncation");
    }

    @Test
    void waitsForNoPartitionWhoseRecordsHaveAllExpired() throws Exception {
        try (Admin admin = Admin.create(client)) {
            admin.deleteRecords(Map.of(new TopicPartition(topic, 1), RecordsToDelete.beforeOffset(1)))
                    .all()
                    .get();
        }
        open(How.EACH, null);
        processed(0, 2);
        operator.processElement("truncation", 0);

        assertThat(afterAnotherLook()).containsExactly("truncation");
    }

    @Test
    void holdsEachAnew() throws Exception {
        open(How.EACH, null);
        processed(0, 2);
        processed(1, 1);
        operator.processElement("first", 0);
        assertThat(afterAnotherLook()).containsExactly("first");

        write(1);
        operator.processElement("second", 0);
        assertThat(afterAnotherLook()).containsExactly("first");
        processed(1, 2);
        assertThat(afterAnotherLook()).containsExactly("first", "second");
    }

    @Test
    void holdsTheFirstAloneAlsoAfterARestart() throws Exception {
        open(How.FIRST, null);
        operator.processElement("first", 0);
        operator.processElement("second", 0);
        OperatorSubtaskState holding = operator.snapshot(1, 1);
        operator.close();

        open(How.FIRST, holding);
        assertThat(afterAnotherLook()).isEmpty();
        processed(0, 2);
        processed(1, 1);
        assertThat(afterAnotherLook()).containsExactly("first", "second");
        OperatorSubtaskState open = operator.snapshot(2, 2);
        operator.close();

        open(How.FIRST, open);
        write(0);
        operator.processElement("third", 0);
        assertThat(operator.extractOutputValues()).containsExactly("third");
    }
}
