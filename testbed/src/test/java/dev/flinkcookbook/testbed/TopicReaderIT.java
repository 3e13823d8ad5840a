package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(KafkaExtension.class)
class TopicReaderIT {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration PATIENT = Duration.ofSeconds(20);

    private final KafkaBroker kafka;
    private final String address;
    private final String topic = Topics.unique("read");

    TopicReaderIT(KafkaBroker kafka) {
        this.kafka = kafka;
        this.address = kafka.bootstrapServers();
    }

    @BeforeEach
    void createTopic() {
        Topics.create(address, topic, 2);
    }

    @Nested
    class WithTransactions {
        @Test
        void leavesOutWhatWasAborted() {
            try (KafkaProducer<String, String> producer = Written.transactional(kafka, topic)) {
                producer.beginTransaction();
                Written.write(producer, topic, 0, List.of("committed"));
                producer.commitTransaction();
                producer.beginTransaction();
                Written.write(producer, topic, 0, List.of("aborted"));
                producer.abortTransaction();
            }

            assertThat(Written.values(TopicReader.readAll(address, topic))).containsExactly("committed");
            assertThat(TopicReader.endOffsets(address, topic))
                    .as("two records and two markers")
                    .isEqualTo(Map.of(0, 4L, 1, 0L));
        }

        @Test
        void namesThePartitionWhoseTransactionStaysOpen() {
            try (KafkaProducer<String, String> producer = Written.transactional(kafka, topic)) {
                producer.beginTransaction();
                Written.write(producer, topic, 1, List.of("undecided"));

                assertThatThrownBy(() -> TopicReader.readAll(address, topic, SHORT))
                        .isInstanceOf(TimeoutException.class)
                        .hasMessageContaining("topic " + topic + ": partition 1 still has an open transaction");
                producer.abortTransaction();
            }
        }

        @Test
        void waitsForTheOpenTransactionToBeDecided() {
            try (KafkaProducer<String, String> producer = Written.transactional(kafka, topic)) {
                producer.beginTransaction();
                Written.write(producer, topic, 0, List.of("undecided"));
                var all = CompletableFuture.supplyAsync(() -> TopicReader.readAll(address, topic, PATIENT));
                assertThatThrownBy(() -> TopicReader.awaitCommitted(address, topic, 1, SHORT))
                        .hasMessageContaining("0 of 1 records were committed");
                assertThat(all).isNotDone();

                producer.commitTransaction();

                assertThat(Written.values(all.join())).containsExactly("undecided");
            }
        }

        @Test
        void returnsCommittedRecordsThoughALaterTransactionIsOpen() {
            try (KafkaProducer<String, String> plain = Written.producer(kafka);
                    KafkaProducer<String, String> producer = Written.transactional(kafka, topic)) {
                Written.write(plain, topic, 0, List.of("first"));
                producer.beginTransaction();
                Written.write(producer, topic, 0, List.of("undecided"));

                assertThat(Written.values(TopicReader.awaitCommitted(address, topic, 1, PATIENT)))
                        .containsExactly("first");
                producer.abortTransaction();
            }
        }

        @Test
        void aFollowerIsAtTheEndOnlyWhenNoTransactionIsOpen() {
            try (TopicFollower follower = new TopicFollower(address, topic);
                    KafkaProducer<String, String> producer = Written.transactional(kafka, topic)) {
                assertThat(follower.poll(SHORT)).isEmpty();
                assertThat(follower.isAtEnd()).isTrue();

                producer.beginTransaction();
                Written.write(producer, topic, 0, List.of("a"));
                assertThat(follower.poll(SHORT)).isEmpty();
                assertThat(follower.isAtEnd()).isFalse();

                producer.commitTransaction();
                assertThat(Written.values(follower.poll(PATIENT))).containsExactly("a");
                // The marker behind the record has an offset too; a poll passes over it.
                Awaitility.await().until(() -> follower.poll(SHORT).isEmpty() && follower.isAtEnd());
            }
        }
    }

    @Test
    void ordersByPartitionAndOffset() {
        try (KafkaProducer<String, String> producer = Written.producer(kafka)) {
            Written.write(producer, topic, 1, List.of("c", "d"));
            Written.write(producer, topic, 0, Written.numbers(1000));
            Written.write(producer, topic, 1, List.of("e"));
        }

        List<ConsumerRecord<byte[], byte[]>> records = TopicReader.readAll(address, topic);

        assertThat(Written.values(records.subList(0, 1000))).isEqualTo(Written.numbers(1000));
        assertThat(Written.values(records.subList(1000, 1003))).containsExactly("c", "d", "e");
        assertThat(records).hasSize(1003);
    }

    @Test
    void saysThatThereIsNoSuchTopic() {
        assertThatThrownBy(() -> TopicReader.readAll(address, "no-such-topic"))
                .isInstanceOf(UnknownTopicOrPartitionException.class);
    }

    @Nested
    class TopicsThemselves {
        @Test
        void areCreatedWithTheirSettingsAndDeleted() {
            String other = Topics.unique("compacted");
            assertThat(Topics.exists(address, other)).isFalse();

            Topics.create(address, other, 3, Map.of("cleanup.policy", "compact"));
            assertThat(Topics.exists(address, other)).isTrue();
            assertThat(TopicReader.endOffsets(address, other)).containsOnlyKeys(0, 1, 2);
            assertThatThrownBy(() -> Topics.create(address, other, 1)).isInstanceOf(TopicExistsException.class);

            Topics.delete(address, other);
            assertThat(Topics.exists(address, other)).isFalse();
            assertThatThrownBy(() -> Topics.delete(address, other))
                    .isInstanceOf(UnknownTopicOrPartitionException.class);
        }
    }
}
