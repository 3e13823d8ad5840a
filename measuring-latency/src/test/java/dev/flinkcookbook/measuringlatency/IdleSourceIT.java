package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.time.Duration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A drain ends every window, unless the source has become idle: then the last watermark is not told to anybody (FLINK-40499, open when
 * this was written). If this fails with a later Flink, be glad, and change the README.
 */
@ExtendWith(KafkaExtension.class)
class IdleSourceIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private final String servers;

    IdleSourceIT(KafkaBroker kafka) {
        servers = kafka.bootstrapServers();
    }

    @BeforeEach
    void fasterThanByDefault() {
        flink.set(CoreOptions.DEFAULT_PARALLELISM, 2)
                .set(PipelineOptions.AUTO_WATERMARK_INTERVAL, Duration.ofMillis(20));
    }

    private RunningJob drainedAfterASilence(String idleAfter) throws Exception {
        RunningJob job = new RunningJob(flink, servers, "--window", "24h", "--idle-after", idleAfter);
        job.write(RunningJob.event("a", 1), RunningJob.event("b", 1));
        job.awaitIdleFor(Duration.ofSeconds(2));
        job.drain();
        return job;
    }

    @Test
    void aDrainDoesNotEndTheWindowsOfASourceThatHasBecomeIdle() throws Exception {
        assertThat(drainedAfterASilence("100ms").results()).isEmpty();
    }

    @Test
    void controlWithoutIdlenessADrainEndsThem() throws Exception {
        assertThat(drainedAfterASilence("0s").results()).hasSize(4);
    }
}
