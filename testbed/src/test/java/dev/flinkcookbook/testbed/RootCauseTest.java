package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.apache.flink.client.program.ProgramInvocationException;
import org.apache.flink.util.SerializedThrowable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RootCauseTest {

    private static final class Fine extends RuntimeException {
        Fine(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private static Throwable inside(Throwable cause) {
        return new CompletionException(
                "says no more than the cause: ", new ProgramInvocationException("the main method failed", cause));
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(
                        new IllegalArgumentException("--rate: got 'x',\n  expected a number"),
                        "--rate: got 'x', expected a number"),
                Arguments.of(
                        new IllegalArgumentException("no such currency"), "IllegalArgumentException: no such currency"),
                Arguments.of(new IllegalStateException("topic orders does not exist"), "topic orders does not exist"),
                Arguments.of(
                        new IllegalStateException("no topic", new RuntimeException("what the broker said")),
                        "no topic"),
                Arguments.of(
                        new Exception("Could not complete the stream element: Record", new Fine("soup: too hot", null)),
                        "Fine: soup: too hot"),
                Arguments.of(
                        new IOException(
                                "Could not perform checkpoint 9 for operator sink (1/1)#0.",
                                new IOException(
                                        "One or more Kafka Producer send requests have encountered exception",
                                        new Fine("no access to ledger", null))),
                        "Fine: no access to ledger"),
                Arguments.of(new UnsupportedOperationException(), "UnsupportedOperationException"),
                Arguments.of(new Fine("soup: too hot", null), "Fine: soup: too hot"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void isTheFirstCauseThatSaysSomethingOfItsOwn(Throwable thrown, String line) {
        assertThat(RootCause.line(thrown)).isEqualTo(line);
        assertThat(RootCause.line(inside(thrown))).isEqualTo(line);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void isFoundInAStackTraceToo(Throwable thrown, String line) {
        thrown.addSuppressed(new IllegalStateException("beside the point", new RuntimeException("even more so")));
        StringWriter stackTrace = new StringWriter();
        inside(thrown).printStackTrace(new PrintWriter(stackTrace));
        assertThat(RootCause.line(stackTrace.toString())).isEqualTo(line);
    }

    @Test
    void isWhatASerializedExceptionStandsFor() {
        assertThat(RootCause.line(new SerializedThrowable(new Fine("too hot", null))))
                .endsWith("RootCauseTest$Fine: too hot");
    }

    @Test
    void isTheTextItselfWhereThatIsNoStackTrace() {
        assertThat(RootCause.line("Job 12: not found")).isEqualTo("Job 12: not found");
        assertThat(RootCause.line("")).isEmpty();
    }
}
