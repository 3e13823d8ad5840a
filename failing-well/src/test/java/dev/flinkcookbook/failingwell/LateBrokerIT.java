package dev.flinkcookbook.failingwell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.InProcessKafka;
import dev.flinkcookbook.testbed.KafkaBroker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A broker that never comes is one line after four attempts: {@code DeduplicationJobIT} waits for it. */
class LateBrokerIT {

    /** The first attempt of the check before a job lasts five seconds. */
    private static final Duration LONGER_THAN_AN_ATTEMPT = Duration.ofSeconds(6);

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    @Test
    void isWaitedForAndTheJobRuns() throws Exception {
        try (KafkaBroker broker = InProcessKafka.started();
                ScreeningService service = ScreeningService.that((id, attempt) -> ScreeningService.CLEAR)) {
            JobOnKafka job = new JobOnKafka(broker, flink, service).writePayments(List.of("p-1"));
            broker.stop();

            CompletableFuture<Void> main = CompletableFuture.runAsync(() -> {
                try {
                    PaymentScreeningJob.main(job.flags("--bounded"));
                } catch (Exception e) {
                    throw new CompletionException(e);
                }
            });
            Awaitility.await()
                    .during(LONGER_THAN_AN_ATTEMPT)
                    .atMost(LONGER_THAN_AN_ATTEMPT.plusSeconds(5))
                    .until(() -> !main.isDone());
            broker.start();

            main.get(60, TimeUnit.SECONDS);
            assertThat(job.screened()).containsExactly("p-1 clear");
        }
    }
}
