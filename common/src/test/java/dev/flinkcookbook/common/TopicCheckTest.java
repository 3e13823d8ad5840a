package dev.flinkcookbook.common;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Mixin;

class TopicCheckTest {

    private static final class Job {
        @Mixin
        final KafkaFlags kafka = new KafkaFlags("late-data", "readings", "readings.on-time");
    }

    @Nested
    class AnAddressThatIsNone {
        @Test
        void isOneLineThatShowsIt() {
            Job job = new Job();
            Flags.parse(job, "--bootstrap-servers=localhost");
            assertThatIllegalStateException()
                    .isThrownBy(() -> TopicCheck.require(job.kafka, Map.of("readings.on-time", Map.of())))
                    .withMessage("Kafka at localhost: Invalid url in bootstrap.servers: localhost");
        }
    }
}
