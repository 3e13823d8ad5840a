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
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Where the topics end is told by a real Kafka; how far the job has read, and which checkpoints are complete, by the test. */
@ExtendWith(KafkaExtension.class)
class AwaitOlderIT {

    private final String topic = Topics.unique("changes");
    private Properties client;
    private TwoInputStreamOperatorTestHarness<String, ReadUpTo, String> operator;
    private long now;
    private long checkpoint;

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

    private Producer<byte[], byte[]> producer() {
        return new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private void write(int partition) {
        try (Producer<byte[], byte[]> producer = producer()) {
            producer.send(new ProducerRecord<>(topic, partition, null, new byte[1]));
        }
    }

    private void read(int partition, long next) throws Exception {
        operator.processElement2(new StreamRecord<>(new ReadUpTo(topic, partition, next)));
    }

    /** All that was read is processed then. */
    private void completeACheckpoint() throws Exception {
        operator.snapshot(++checkpoint, now);
        operator.notifyOfCompletedCheckpoint(checkpoint);
    }

    private void processed(int partition, long upTo) throws Exception {
        read(partition, upTo);
        completeACheckpoint();
    }

    private void open(How how, OperatorSubtaskState state) throws Exception {
        operator = new TwoInputStreamOperatorTestHarness<>(new AwaitOlder<>(String.class, how, client, List.of(topic)));
        if (state != null) {
            operator.initializeState(state);
        }
        operator.open();
        operator.setProcessingTime(now);
    }

    private void comes(String element) throws Exception {
        operator.processElement1(new StreamRecord<>(element));
    }

    private List<String> afterAnotherLook() throws Exception {
        operator.setProcessingTime(now += 1_000);
        return operator.extractOutputValues();
    }

    @Test
    void holdsUntilAllPartitionsAreProcessedUpToWhereTheyEndedThen() throws Exception {
        open(How.EACH, null);
        comes("truncation");
        assertThat(afterAnotherLook()).isEmpty();
        write(0); // Later: it does not count.

        processed(0, 2);
        assertThat(afterAnotherLook()).isEmpty();
        processed(1, 1);
        assertThat(afterAnotherLook()).containsExactly("truncation");
    }

    @Test
    void whatIsReadIsProcessedWhenACheckpointIsComplete() throws Exception {
        open(How.EACH, null);
        comes("truncation");
        read(0, 2);
        operator.snapshot(++checkpoint, now);
        read(1, 1);
        assertThat(afterAnotherLook()).isEmpty();
        operator.notifyOfCompletedCheckpoint(checkpoint);
        assertThat(afterAnotherLook()).as("partition 1 was read after it").isEmpty();

        completeACheckpoint();
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
        comes("truncation");

        assertThat(afterAnotherLook()).containsExactly("truncation");
    }

    @Test
    void waitsForNoMarkerOfATransaction() throws Exception {
        client.setProperty("transactional.id", Topics.unique("connect"));
        try (Producer<byte[], byte[]> producer = producer()) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, 1, null, new byte[1]));
            producer.commitTransaction();
        }
        client.remove("transactional.id");
        open(How.EACH, null);
        processed(0, 2);
        processed(1, 1);
        comes("truncation");
        assertThat(afterAnotherLook()).as("its second record").isEmpty();

        processed(1, 2);
        assertThat(afterAnotherLook()).containsExactly("truncation");
    }

    @Test
    void eachWaitsForWhatIsOlderThanItself() throws Exception {
        open(How.EACH, null);
        comes("first");
        assertThat(afterAnotherLook()).isEmpty();
        write(1);
        comes("second");
        assertThat(afterAnotherLook()).isEmpty();

        processed(0, 2);
        processed(1, 1);
        assertThat(afterAnotherLook()).containsExactly("first");
        processed(1, 2);
        assertThat(afterAnotherLook()).containsExactly("first", "second");
    }

    @Test
    void holdsTheFirstAloneAlsoAfterARestart() throws Exception {
        open(How.FIRST, null);
        comes("first");
        comes("second");
        read(0, 2);
        OperatorSubtaskState holding = operator.snapshot(1, 1);
        operator.close();

        open(How.FIRST, holding);
        assertThat(afterAnotherLook()).isEmpty();
        processed(1, 1);
        assertThat(afterAnotherLook()).containsExactly("first", "second");
        OperatorSubtaskState open = operator.snapshot(2, 2);
        operator.close();

        open(How.FIRST, open);
        write(0);
        comes("third");
        assertThat(operator.extractOutputValues()).containsExactly("third");
    }

    @Test
    void theEndOfTimeComesBehindWhatWaits() throws Exception {
        open(How.FIRST, null);
        comes("first");
        operator.processBothWatermarks(Watermark.MAX_WATERMARK);
        operator.endInput1();
        assertThat(operator.getOutput()).isEmpty();
        operator.endInput2();

        assertThat(operator.getOutput()).containsExactly(new StreamRecord<>("first"), Watermark.MAX_WATERMARK);
    }
}
