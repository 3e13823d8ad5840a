package dev.flinkcookbook.testbed;

import static dev.flinkcookbook.testbed.AdminClients.answer;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Creates and deletes topics. Every method blocks, for at most about 30 seconds if no broker answers. */
public final class Topics {
    private Topics() {}

    /** A topic name that no other test has: the prefix and eight random characters. */
    public static String unique(String prefix) {
        return prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    /**
     * Creates a topic and returns when every partition can be written and read.
     *
     * @throws org.apache.kafka.common.errors.TopicExistsException if there is one of that name
     */
    public static void create(String bootstrapServers, String topic, int partitions) {
        create(bootstrapServers, topic, partitions, Map.of());
    }

    /**
     * As {@link #create(String, String, int)}, with settings of the topic.
     *
     * @param settings as in {@code kafka-configs.sh}: {@code cleanup.policy}, {@code retention.ms}, …
     */
    public static void create(String bootstrapServers, String topic, int partitions, Map<String, String> settings) {
        create(Map.of("bootstrap.servers", bootstrapServers), topic, partitions, settings);
    }

    /** @param client how to reach the broker, with bootstrap servers */
    static void create(Map<String, String> client, String topic, int partitions, Map<String, String> settings) {
        NewTopic newTopic = new NewTopic(topic, Optional.of(partitions), Optional.empty()).configs(settings);
        try (Admin admin = AdminClients.open(client)) {
            answer(admin.createTopics(List.of(newTopic)).all());
            // The controller has answered; the broker hears of the topic a moment later.
            patiently().until(() -> hasLeaders(admin, topic, partitions));
        }
    }

    /** Whether the broker knows the topic. */
    public static boolean exists(String bootstrapServers, String topic) {
        try (Admin admin = AdminClients.open(bootstrapServers)) {
            return isListed(admin, topic);
        }
    }

    /**
     * Deletes a topic and returns when the broker no longer knows it.
     *
     * @throws UnknownTopicOrPartitionException if there is none of that name
     */
    public static void delete(String bootstrapServers, String topic) {
        try (Admin admin = AdminClients.open(bootstrapServers)) {
            answer(admin.deleteTopics(List.of(topic)).all());
            patiently().until(() -> !isListed(admin, topic));
        }
    }

    private static boolean isListed(Admin admin, String topic) {
        return answer(admin.listTopics().names()).contains(topic);
    }

    private static boolean hasLeaders(Admin admin, String topic, int partitions) {
        try {
            var description =
                    answer(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
            return description.partitions().size() == partitions
                    && description.partitions().stream().allMatch(partition -> partition.leader() != null);
        } catch (UnknownTopicOrPartitionException notYet) {
            return false;
        }
    }

    private static ConditionFactory patiently() {
        return Awaitility.await()
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .atMost(Duration.ofSeconds(10));
    }
}
