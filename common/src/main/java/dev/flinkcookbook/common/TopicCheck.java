package dev.flinkcookbook.common;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for a job's topics, and what it may do with them, before the job starts: what is missing is one line if it is found
 * here; found by the running job it is a loop of restarts.
 */
public final class TopicCheck {

    private static final Logger LOG = LoggerFactory.getLogger(TopicCheck.class);

    private static final int ATTEMPTS = 4;
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1); // doubled for each further attempt

    private static final int ATTEMPTS_TO_DESCRIBE = 9;
    private static final Duration FIRST_WAIT_FOR_BROKERS = Duration.ofMillis(20); // doubled each time: 5 s in all

    private TopicCheck() {}

    /**
     * Finds the input topic and all outputs, or creates what is missing if {@code --create-topics} says so: outputs with as
     * many partitions as the input, and the broker's default replication.
     *
     * @param outputs topic to its configuration, which counts only if the topic is created
     * @param sinks the names of all that write in transactions if {@code --delivery exactly-once} says so, as {@link KafkaSinks#to}
     *     has them: they are part of the transactional ids
     * @throws IllegalStateException one line: what the client may not do, the topics that are missing, a broker that does not
     *     answer after four attempts, or why it does not let the client in
     */
    public static void require(KafkaFlags flags, Map<String, Map<String, String>> outputs, String... sinks)
            throws InterruptedException {
        require(flags, List.of(flags.inputTopic()), outputs, sinks);
    }

    /**
     * As {@link #require(KafkaFlags, Map, String...)}, for a job that reads other topics than the input topic alone. Inputs that are
     * created get the broker's default partitions, outputs as many as the first input.
     *
     * @param inputs at least one
     * @param outputs topic to its configuration; a topic that is an input too is only read, and created with it
     */
    public static void require(
            KafkaFlags flags, List<String> inputs, Map<String, Map<String, String>> outputs, String... sinks)
            throws InterruptedException {
        Properties properties = flags.clientProperties();
        ScramClasses.load(properties);
        properties.setProperty(
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Long.toString(ATTEMPT_TIMEOUT.toMillis()));
        properties.setProperty(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Long.toString(ATTEMPT_TIMEOUT.toMillis()));
        try (Admin admin = Admin.create(properties)) {
            awaitAnswer(admin, properties);
            Permissions permissions = new Permissions(admin, flags)
                    .ofTopics(inputs, outputs.keySet())
                    .ofTheGroup()
                    .ofTransactions(List.of(sinks));
            requireAll(permissions, flags);
            Set<String> missing = permissions.missing();
            if (missing.isEmpty()) {
                return;
            }
            if (!flags.createTopics()) {
                throw new IllegalStateException("Kafka at " + flags.bootstrapServers() + " has no topic "
                        + String.join(", ", missing) + " (--create-topics creates what is missing)");
            }
            create(admin, flags, inputs, outputs, new TreeSet<>(missing));
            requireAll(new Permissions(admin, flags).ofTopics(inputs, outputs.keySet()), flags);
        } catch (ExecutionException | KafkaException e) {
            throw KafkaFailure.of(flags.bootstrapServers(), e);
        }
    }

    private static void requireAll(Permissions permissions, KafkaFlags flags) {
        if (!permissions.refused().isEmpty()) {
            throw KafkaFailure.notAllowed(flags.bootstrapServers(), permissions.refused());
        }
    }

    /**
     * Refuses a topic whose order would be lost over several partitions.
     *
     * @throws IllegalStateException one line
     */
    public static void requireOnePartition(KafkaFlags flags, String topic) throws InterruptedException {
        try (Admin admin = Admin.create(flags.clientProperties())) {
            int partitions = describe(admin, topic).partitions().size();
            if (partitions > 1) {
                throw new IllegalStateException("Kafka at " + flags.bootstrapServers() + ": topic " + topic + " has "
                        + partitions + " partitions, expected 1: the order of its records counts");
            }
        } catch (ExecutionException | KafkaException e) {
            throw KafkaFailure.of(flags.bootstrapServers(), e);
        }
    }

    private static void awaitAnswer(Admin admin, Properties client) throws InterruptedException, ExecutionException {
        Duration backoff = FIRST_BACKOFF;
        for (int attempt = 1; ; attempt++) {
            try {
                admin.listTopics().names().get();
                return;
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException)) {
                    throw e;
                }
                if (attempt == ATTEMPTS) {
                    throw KafkaFailure.noAnswer(
                            client, "after " + ATTEMPTS + " attempts of " + ATTEMPT_TIMEOUT.toSeconds() + " s", e);
                }
                LOG.warn(
                        "Kafka at {} does not answer, attempt {} of {}",
                        client.getProperty(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG),
                        attempt,
                        ATTEMPTS);
                Thread.sleep(backoff.toMillis());
                backoff = backoff.multipliedBy(2);
            }
        }
    }

    private static void create(
            Admin admin,
            KafkaFlags flags,
            List<String> inputs,
            Map<String, Map<String, String>> outputs,
            Collection<String> missing)
            throws InterruptedException, ExecutionException {
        for (String input : inputs) {
            if (missing.remove(input)) {
                create(
                        admin,
                        flags,
                        new NewTopic(input, Optional.empty(), Optional.empty()).configs(outputs.get(input)));
            }
        }
        int partitions = describe(admin, inputs.get(0)).partitions().size();
        for (String topic : missing) {
            create(
                    admin,
                    flags,
                    new NewTopic(topic, Optional.of(partitions), Optional.empty()).configs(outputs.get(topic)));
        }
    }

    private static void create(Admin admin, KafkaFlags flags, NewTopic topic)
            throws InterruptedException, ExecutionException {
        try {
            admin.createTopics(Set.of(topic)).all().get();
            LOG.info("Created topic {}", topic.name());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                throw KafkaFailure.notAllowed(flags.bootstrapServers(), List.of("Create on topic " + topic.name()));
            }
            // Somebody else was faster: the topic is there, which is all we want.
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
        describe(admin, topic.name());
    }

    /** The controller has answered, but the brokers hear of a new topic a moment later. */
    private static TopicDescription describe(Admin admin, String topic)
            throws InterruptedException, ExecutionException {
        Duration backoff = FIRST_WAIT_FOR_BROKERS;
        for (int attempt = 1; ; attempt++) {
            try {
                return admin.describeTopics(Set.of(topic)).allTopicNames().get().get(topic);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RetriableException) || attempt == ATTEMPTS_TO_DESCRIBE) {
                    throw e;
                }
                Thread.sleep(backoff.toMillis());
                backoff = backoff.multipliedBy(2);
            }
        }
    }
}
