package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class JobCommandTest {
    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    /** Fails in the way that its first argument asks for. */
    static final class SomeJob {
        public static void main(String[] args) throws Exception {
            switch (args[0]) {
                case "fine" -> {}
                case "wrong-flag" -> throw new IllegalArgumentException("--retention: got '5 x',\n expected 24h");
                case "wrapped-flag" ->
                    CompletableFuture.runAsync(() -> {
                                throw new IllegalArgumentException("--port: got '0x'");
                            })
                            .join();
                case "no-topic" ->
                    throw new IllegalStateException(
                            "topic orders does not exist", new RuntimeException("what the broker said"));
                case "wrapped" -> throw new Exception(new IllegalStateException("broker unreachable"));
                case "no-message" -> throw new UnsupportedOperationException();
                case "bug-in-the-job" -> failingJob();
                default -> throw new AssertionError(args[0]);
            }
        }

        private static void failingJob() throws Exception {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
            env.fromSequence(1, 2)
                    .uid("numbers")
                    .map(SomeJob::fail)
                    .returns(Types.LONG)
                    .uid("fail")
                    .sinkTo(new DiscardingSink<>())
                    .uid("end");
            env.execute();
        }

        private static Long fail(Long number) {
            throw new IllegalArgumentException("no such currency");
        }
    }

    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    private int run(boolean stackTrace, String... args) {
        return JobCommand.run(args, new PrintStream(errors, true, StandardCharsets.UTF_8), stackTrace);
    }

    private int job(String argument) {
        return run(false, SomeJob.class.getName(), argument);
    }

    private String said() {
        return errors.toString(StandardCharsets.UTF_8).stripTrailing();
    }

    @Test
    void endsWithZeroAfterAJobThatEnds() {
        assertThat(job("fine")).isZero();
        assertThat(said()).isEmpty();
    }

    @Nested
    class AWrongFlag {
        @Test
        void isItsMessageInOneLine() {
            assertThat(job("wrong-flag")).isEqualTo(2);
            assertThat(said()).isEqualTo("--retention: got '5 x', expected 24h");
        }

        @Test
        void isFoundBehindWrappers() {
            assertThat(job("wrapped-flag")).isEqualTo(2);
            assertThat(said()).isEqualTo("--port: got '0x'");
        }
    }

    @Nested
    class AFailure {
        @Test
        void isTheClassAndTheMessageThatMainChose() {
            assertThat(job("no-topic")).isEqualTo(1);
            assertThat(said()).isEqualTo("topic orders does not exist");
        }

        @Test
        void isTheCauseWhereTheOutsideSaysNothingOfItsOwn() {
            assertThat(job("wrapped")).isEqualTo(1);
            assertThat(said()).isEqualTo("broker unreachable");
        }

        @Test
        void isTheClassAloneWhereThereIsNoMessage() {
            assertThat(job("no-message")).isEqualTo(1);
            assertThat(said()).isEqualTo("UnsupportedOperationException");
        }

        @Test
        void insideARunningJobIsNoWrongFlag() {
            assertThat(job("bug-in-the-job")).isEqualTo(1);
            assertThat(said()).isEqualTo("IllegalArgumentException: no such currency");
        }

        @Test
        void showsItsStackTraceOnlyWhenAsked() {
            assertThat(run(true, SomeJob.class.getName(), "no-topic")).isEqualTo(1);
            assertThat(said()).contains("\tat ", "Caused by: java.lang.RuntimeException: what the broker said");
        }
    }

    @Nested
    class WithoutAJob {
        @Test
        void saysWhatIsExpected() {
            assertThat(run(false)).isEqualTo(2);
            assertThat(said()).contains("expected MAIN_CLASS");
        }

        @Test
        void saysThatThereIsNoSuchClass() {
            assertThat(run(false, "no.such.Job")).isEqualTo(2);
            assertThat(said()).contains("got 'no.such.Job', expected").doesNotContain("\n");
        }
    }
}
