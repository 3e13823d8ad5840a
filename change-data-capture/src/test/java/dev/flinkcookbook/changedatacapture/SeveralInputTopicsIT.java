package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.TopicCheck;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import picocli.CommandLine.Mixin;

/** What {@link TopicCheck} does for a job that reads several topics. */
@ExtendWith(KafkaExtension.class)
class SeveralInputTopicsIT {

    private static final class Job {
        @Mixin
        final KafkaFlags kafka = new KafkaFlags("several", "shop.public", "shop.view");
    }

    private final String servers;
    private final String first = Topics.unique("shop.public") + ".orders";
    private final String second = Topics.unique("shop.public") + ".customers";
    private final String output = Topics.unique("shop.view");

    SeveralInputTopicsIT(KafkaBroker kafka) {
        servers = kafka.bootstrapServers();
        Topics.create(servers, first, 3);
    }

    private void require(String... flags) throws InterruptedException {
        Job job = new Job();
        Flags.parse(job, flags);
        TopicCheck.require(
                job.kafka,
                List.of(first, second),
                Map.of(output, Map.of(), second, Map.of("cleanup.policy", "compact")));
    }

    private int partitions(String topic) {
        return TopicReader.endOffsets(servers, topic).size();
    }

    @Test
    void areAllNamedIfTheyAreMissing() {
        assertThatIllegalStateException()
                .isThrownBy(() -> require("--bootstrap-servers", servers))
                .withMessage(
                        "Kafka at %s has no topic %s, %s (--create-topics creates what is missing)",
                        servers, second, output);
    }

    @Test
    void areCreatedAndOutputsHaveAsManyPartitionsAsTheFirst() throws InterruptedException {
        require("--bootstrap-servers", servers, "--create-topics");

        assertThat(List.of(partitions(first), partitions(second), partitions(output)))
                .containsExactly(3, 1, 3);
        assertThat(Topics.exists(servers, "shop.public")).isFalse();
    }

    /** For a job that may start before the one that writes what it reads. */
    @Test
    void areCreatedWithTheConfigurationThatTheyHaveAsOutputs() throws Exception {
        require("--bootstrap-servers", servers, "--create-topics");

        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, second);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) servers))) {
            assertThat(admin.describeConfigs(List.of(resource))
                            .all()
                            .get()
                            .get(resource)
                            .get("cleanup.policy")
                            .value())
                    .isEqualTo("compact");
        }
    }
}
