package dev.flinkcookbook.common;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Asks Kafka what this client may do, and changes nothing by it. What Kafka does not tell is not refused here: then the running
 * job finds out.
 */
final class Permissions {

    private final Admin admin;
    private final KafkaFlags flags;
    private final Set<String> refused = new LinkedHashSet<>();
    private final Set<String> missing = new TreeSet<>();

    Permissions(Admin admin, KafkaFlags flags) {
        this.admin = admin;
        this.flags = flags;
    }

    /** Those that Kafka refuses, such as {@code Read on topic transfers}. */
    Set<String> refused() {
        return refused;
    }

    /** Those of the topics that were asked about that are not there, as far as this client may know. */
    Set<String> missing() {
        return missing;
    }

    /** To read the inputs and to write the outputs, with all that belongs to it. */
    Permissions ofTopics(Collection<String> inputs, Collection<String> outputs)
            throws InterruptedException, ExecutionException {
        Set<String> topics = new LinkedHashSet<>(inputs);
        topics.addAll(new TreeSet<>(outputs)); // A line that is the same each time.
        Map<String, KafkaFuture<TopicDescription>> answers = admin.describeTopics(
                        topics, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                .topicNameValues();
        for (String topic : topics) {
            List<AclOperation> needed = inputs.contains(topic) ? List.of(AclOperation.READ) : toWrite();
            try {
                refuse(needed, answers.get(topic).get().authorizedOperations(), topic);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof AuthorizationException) {
                    refuse(needed, Set.of(AclOperation.DESCRIBE), topic);
                } else if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                    missing.add(topic);
                } else {
                    throw e;
                }
            }
        }
        return this;
    }

    private List<AclOperation> toWrite() {
        return isExactlyOnce()
                // The sink asks which transactions its former life has left open on the topic, and that is reading.
                ? List.of(AclOperation.WRITE, AclOperation.READ)
                : List.of(AclOperation.WRITE);
    }

    private void refuse(List<AclOperation> needed, Set<AclOperation> allowed, String topic) {
        // Whoever gets an answer may describe; without that in it, it says nothing.
        if (allowed == null || !allowed.contains(AclOperation.DESCRIBE)) {
            return;
        }
        for (AclOperation operation : needed) {
            if (!allowed.contains(operation)) {
                refused.add((operation == AclOperation.READ ? "Read" : "Write") + " on topic " + topic);
            }
        }
    }

    /** To commit offsets of the group, by which monitoring sees the lag. */
    Permissions ofTheGroup() throws InterruptedException {
        String commits = flags.clientProperties().getProperty(KafkaSourceOptions.COMMIT_OFFSETS_ON_CHECKPOINT.key());
        if (!"false".equals(commits)) {
            refuseUnlessAnswered(
                    admin.listConsumerGroupOffsets(flags.groupId()).all(), "Read on group " + flags.groupId());
        }
        return this;
    }

    /** To write in transactions, if that is what the delivery takes. */
    Permissions ofTransactions(Collection<String> sinks) throws InterruptedException {
        if (!isExactlyOnce()) {
            return this;
        }
        Map<String, String> ids = new LinkedHashMap<>();
        for (String sink : sinks) {
            String prefix = flags.transactionalIdPrefix() + "-" + sink + "-";
            ids.put(prefix + "0-0", prefix); // Of the first subtask; it need not be in use.
        }
        var answers = admin.describeTransactions(ids.keySet());
        for (Map.Entry<String, String> id : ids.entrySet()) {
            refuseUnlessAnswered(answers.description(id.getKey()), "Write on transactional id " + id.getValue() + "*");
        }
        return this;
    }

    private boolean isExactlyOnce() {
        return flags.delivery() == DeliveryGuarantee.EXACTLY_ONCE;
    }

    /** Asking takes Describe, which Read or Write includes. */
    private void refuseUnlessAnswered(KafkaFuture<?> answer, String permission) throws InterruptedException {
        try {
            answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                refused.add(permission);
            }
            // Any other answer, such as that nobody uses the id yet, says nothing of permissions.
        }
    }
}
