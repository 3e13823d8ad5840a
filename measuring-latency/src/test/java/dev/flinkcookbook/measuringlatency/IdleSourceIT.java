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
 * What a silent source does to windows. A partition that is silent holds them up, unless it is taken for idle. A drain ends every window, unless the source has become idle: then the last watermark is not told to anybody (FLINK-40499, open when
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

    /** In one partition, an event and a later one that ends its window; the other partition is silent. */
    private RunningJob oneOfTwoPartitionsIsSilent(String idleAfter) {
        RunningJob job =
                new RunningJob(flink, servers, "--window", "1s", "--out-of-orderness", "0s", "--idle-after", idleAfter);
        long start = System.currentTimeMillis() - 60_000;
        job.write(0, start, RunningJob.event("a", start));
        job.write(0, start + 5_000, RunningJob.event("b", start + 5_000));
        return job;
    }

    @Test
    void aSilentPartitionHoldsUpNoWindowWhenItIsTakenForIdle() throws Exception {
        RunningJob job = oneOfTwoPartitionsIsSilent("100ms");

        assertThat(job.results(1)).singleElement().asString().contains("\"id\":\"a\"");
        job.drain();
    }

    @Test
    void controlWithoutIdlenessItHoldsUpAllOfThem() throws Exception {
        RunningJob job = oneOfTwoPartitionsIsSilent("0s");
        job.awaitIdleFor(Duration.ofSeconds(2));
        assertThat(job.results()).isEmpty();

        long now = System.currentTimeMillis();
        job.write(1, now, RunningJob.event("c", now)); // It speaks, and the window of the first is over.
        assertThat(job.results(1)).first().asString().contains("\"id\":\"a\"");
        job.drain();
    }
}
