package dev.flinkcookbook.failingwell;

import static dev.flinkcookbook.failingwell.JobOnKafka.ids;
import static dev.flinkcookbook.failingwell.ScreeningService.BLOCKED;
import static dev.flinkcookbook.failingwell.ScreeningService.BUSY;
import static dev.flinkcookbook.failingwell.ScreeningService.CLEAR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.failingwell.JobOnKafka.Running;
import dev.flinkcookbook.failingwell.ScreeningService.Answer;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The cluster of these tests allows no restart, unless a test says so: a job that goes on has not failed. */
@ExtendWith(KafkaExtension.class)
class PaymentScreeningJobIT {

    @RegisterExtension
    static final FlinkExtension flink =
            new FlinkExtension().set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));

    private final KafkaBroker kafka;
    private ScreeningService service;

    PaymentScreeningJobIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    private JobOnKafka jobWith(ScreeningService.Script script) {
        service = ScreeningService.that(script);
        return new JobOnKafka(kafka, flink, service);
    }

    @AfterEach
    void closeTheService() {
        service.close();
    }

    private static List<String> each(List<String> ids, String word) {
        return ids.stream().map(id -> id + " " + word).toList();
    }

    /** Each payment fails twice, each in another way, then succeeds. */
    private static Answer failsTwice(String id, int attempt) {
        if (attempt > 2) {
            return CLEAR;
        }
        return switch (id.charAt(id.length() - 1) % 4) {
            case 0 -> BUSY;
            case 1 -> new Answer.HangUp();
            case 2 -> new Answer.Silence();
            default -> new Answer.HalfABody();
        };
    }

    @Nested
    class AServiceThatFailsForAMoment {
        private final List<String> ids = ids(40);

        @Test
        void isAskedAgainWithoutARestartAndTheOrderIsKept() {
            JobOnKafka job = jobWith(PaymentScreeningJobIT::failsTwice).writePayments(ids);
            Running running = job.start("--timeout", "1s").hasCommitted(job.output(), ids.size());

            assertThat(running.failures()).isZero();
            assertThat(job.screened()).containsExactlyElementsOf(each(ids, "clear"));
            assertThat(job.reasons(job.unscreened())).isEmpty();
            assertThat(job.reasons(job.deadLetters())).isEmpty();
            assertThat(ids).allSatisfy(id -> assertThat(service.attempts(id)).isEqualTo(3));
        }

        @Test
        void controlWithOneAttemptNoneIsScreened() {
            JobOnKafka job = jobWith(PaymentScreeningJobIT::failsTwice).writePayments(ids);
            job.start("--timeout", "1s", "--attempts", "1").hasCommitted(job.unscreened(), ids.size());

            assertThat(job.screened()).isEmpty();
            assertThat(job.reasons(job.unscreened()))
                    .hasSameSizeAs(ids)
                    .contains("p-8 http-503", "p-9 no-connection", "p-10 http-503", "p-2 timeout", "p-3 timeout");
        }

        @Test
        void onlyThePaymentThatFailedIsAskedAgain() {
            JobOnKafka job = jobWith(this::failsOneWhenAllAreAsked).writePayments(ids);
            Running running = job.start("--timeout", "1m").hasCommitted(job.output(), ids.size());

            assertThat(running.failures()).isZero();
            assertThat(service.attempts("p-0")).isEqualTo(3);
            assertThat(ids.subList(1, ids.size()))
                    .allSatisfy(id -> assertThat(service.attempts(id)).isEqualTo(1));
        }

        @Test
        void controlAnExceptionInPlaceOfARetryRestartsTheJobAndAsksAgainAboutAll() {
            flink.restarts(1_000);
            JobOnKafka job = jobWith(this::failsOneInEachRoundOfQuestions).writePayments(ids);
            Running running =
                    job.start(RestartInsteadOfRetry::main, "--timeout", "1m").hasCommitted(job.output(), ids.size());

            assertThat(running.failures()).isGreaterThanOrEqualTo(2);
            assertThat(ids).allSatisfy(id -> assertThat(service.attempts(id)).isGreaterThanOrEqualTo(3));
        }

        /** The first payment, twice; it holds up all others, which are therefore not written when it fails. */
        private Answer failsOneWhenAllAreAsked(String id, int attempt) {
            return failsOne(id, attempt, 1);
        }

        /** The same, but all others have been asked again each time. */
        private Answer failsOneInEachRoundOfQuestions(String id, int attempt) {
            return failsOne(id, attempt, attempt);
        }

        private Answer failsOne(String id, int attempt, int questionsAboutEach) {
            if (!id.equals("p-0") || attempt > 2) {
                return CLEAR;
            }
            JobOnKafka.patiently()
                    .until(() -> ids.stream().allMatch(each -> service.attempts(each) >= questionsAboutEach));
            return BUSY;
        }
    }

    @Nested
    class AServiceThatIsAway {
        @Test
        void losesNothingAndThePaymentsGoThroughTheJobAgainLater() {
            JobOnKafka job = jobWith((id, attempt) -> CLEAR);
            service.stop();
            Running running =
                    job.writePayments(ids(30)).start("--attempts", "3").hasCommitted(job.unscreened(), 30);

            assertThat(job.reasons(job.unscreened())).containsExactlyElementsOf(each(ids(30), "no-connection"));
            assertThat(job.screened()).isEmpty();

            running.cancel();
            service.start();
            job.start(
                            "--attempts",
                            "3",
                            "--input-topic",
                            job.unscreened(),
                            "--unscreened-topic",
                            job.unscreened() + "-again",
                            "--dead-letter-topic",
                            job.deadLetters(),
                            "--group-id",
                            job.unscreened(),
                            "--transactional-id-prefix",
                            job.unscreened(),
                            "--create-topics")
                    .hasCommitted(job.output(), 30);
            assertThat(job.screened()).containsExactlyElementsOf(each(ids(30), "clear"));
        }

        @Test
        void theLastAttemptIsTheLast() {
            JobOnKafka job = jobWith((id, attempt) -> BUSY).writePayments(List.of("p-1"));
            job.start("--attempts", "4", "--first-backoff", "100ms").hasCommitted(job.unscreened(), 1);

            assertThat(service.attempts("p-1")).isEqualTo(4);
            List<Long> pauses = service.pauses("p-1");
            assertThat(pauses.get(0)).isGreaterThanOrEqualTo(70);
            assertThat(pauses.get(1)).isGreaterThanOrEqualTo(145);
            assertThat(pauses.get(2)).isGreaterThanOrEqualTo(295);
        }
    }

    @Nested
    class WhatIsWrongWithTheData {
        @Test
        void goesToTheDeadLettersAtOnceAndTheJobGoesOn() {
            JobOnKafka job = jobWith((id, attempt) -> id.equals("p-refused")
                    ? new Answer.Status(422, "no such account")
                    : id.equals("p-blocked") ? BLOCKED : CLEAR);
            job.write(List.of(
                    "garbage",
                    "{\"amount\":1}",
                    JobOnKafka.payment("p-refused"),
                    JobOnKafka.payment("p-blocked"),
                    // An id that no header takes as it is.
                    "{\"paymentId\":\"p\\r\\nX: \u00fc\"}"));
            job.start().hasCommitted(job.output(), 2);

            assertThat(job.reasons(job.deadLetters()))
                    .containsExactlyInAnyOrder(
                            "garbage not-json", "{\"amount\":1} payment-id-missing", "p-refused http-422");
            assertThat(service.attempts("p-refused")).isEqualTo(1);
            assertThat(service.attempts("p\r\nX: \u00fc")).isEqualTo(1);
            assertThat(job.screened()).first().isEqualTo("p-blocked blocked");
            assertThat(job.reasons(job.unscreened())).isEmpty();
        }
    }

    @Nested
    class WhatIsWrongWithTheJob {
        @Test
        void failsItAndBlamesNoPayment() throws Exception {
            JobOnKafka job = jobWith((id, attempt) -> new Answer.Status(401, "who are you?"));
            Throwable failure =
                    job.writePayments(ids(10)).start("--attempts", "3").failure();

            assertThat(failure)
                    .rootCause()
                    .isInstanceOf(UnexpectedAnswerException.class)
                    .hasMessage("the service answered 401: who are you?");
            assertThat(Stream.of(job.output(), job.unscreened(), job.deadLetters())
                            .map(job::read))
                    .allSatisfy(topic -> assertThat(topic).isEmpty());
            assertThat(ids(10))
                    .allSatisfy(id -> assertThat(service.attempts(id)).isLessThanOrEqualTo(1));
        }
    }

    @Nested
    class ATaskManagerThatIsLost {
        @Test
        void takesNoPaymentWithItThatWaitsForARetry() {
            flink.restarts(10);
            flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofDays(1));
            JobOnKafka job = jobWith((id, attempt) -> BUSY).writePayments(ids(20));
            Running running = job.start("--attempts", "100", "--longest-backoff", "1s");
            JobOnKafka.patiently().until(() -> ids(20).stream().allMatch(id -> service.attempts(id) > 1));
            running.checkpoint(); // The source is behind all of them: they live in the state of the screening alone.

            flink.replaceTaskManager();
            service.nowDoes((id, attempt) -> CLEAR);
            // What is written after a checkpoint stays open until the next one.
            JobOnKafka.patiently()
                    .ignoreException(TimeoutException.class)
                    .until(() -> running.checkpoint().hasCommitted(job.output(), 20, Duration.ofSeconds(1)) != null);

            assertThat(job.screened()).containsExactlyElementsOf(each(ids(20), "clear"));
            assertThat(job.reasons(job.unscreened())).isEmpty();
        }
    }

    @Nested
    class AnInputThatEnds {
        /** Flink's asynchronous operator waits for no pause then: there is one more attempt at once, or none. */
        @Test
        void cutsThePausesShortAndLosesNothing() throws Exception {
            JobOnKafka job = jobWith((id, attempt) -> BUSY).writePayments(ids(2));
            PaymentScreeningJob.main(job.flags("--bounded", "--first-backoff", "30m", "--longest-backoff", "30m"));

            assertThat(job.reasons(job.unscreened())).containsExactlyElementsOf(each(ids(2), "http-503"));
            assertThat(ids(2)).allSatisfy(id -> assertThat(service.attempts(id)).isBetween(1, 2));
        }
    }

    @Nested
    class APaymentThatIsTriedAgain {
        private static Answer onlyTheFirstIsSlow(String id, int attempt) {
            return id.equals("p-0") ? BUSY : CLEAR;
        }

        @Test
        void holdsUpThoseBehindItInTheOrderOfTheInput() {
            JobOnKafka job =
                    jobWith(APaymentThatIsTriedAgain::onlyTheFirstIsSlow).writePayments(ids(20));
            Running running = job.start("--attempts", "100", "--longest-backoff", "500ms");
            JobOnKafka.patiently().until(() -> service.attempts("p-0") > 4 && service.attempts("p-19") == 1);
            running.checkpoint();
            assertThat(job.screened()).isEmpty();
        }

        @Test
        void holdsUpNobodyInTheOrderOfCompletion() {
            JobOnKafka job =
                    jobWith(APaymentThatIsTriedAgain::onlyTheFirstIsSlow).writePayments(ids(20));
            job.start("--attempts", "100", "--longest-backoff", "500ms", "--order", "completion")
                    .hasCommitted(job.output(), 19);
            assertThat(job.screened()).doesNotContain("p-0 clear").hasSize(19);
        }
    }
}
