package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class KafkaCommandIT {
    private static final Duration PATIENT = Duration.ofSeconds(60);

    private final StringWriter output = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int run(String... args) {
        CommandLine command = KafkaCommand.commandLine();
        command.setOut(new PrintWriter(output, true));
        command.setErr(new PrintWriter(errors, true));
        return command.execute(args);
    }

    @Nested
    class AWrongCall {
        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                        --port=abc       | --port: got 'abc', expected a port from 0 to 65535
                        --port=65536     | --port: got '65536', expected a port from 0 to 65535
                        --topic=a:0      | --topic: got 'a:0', expected a name of letters, digits, '.', '_' and '-', and after a colon 1 to 9999 partitions, as in payments:4
                        --topic=a:b      | --topic: got 'a:b', expected a name of letters, digits, '.', '_' and '-', and after a colon 1 to 9999 partitions, as in payments:4
                        --topic=a b      | --topic: got 'a b', expected a name of letters, digits, '.', '_' and '-', and after a colon 1 to 9999 partitions, as in payments:4
                        --topic=..       | --topic: got '..', expected a name of letters, digits, '.', '_' and '-', and after a colon 1 to 9999 partitions, as in payments:4
                        --prot=1         | --prot: unknown, expected --port N, --topic NAME[:PARTITIONS] or --help
                        elsewhere        | elsewhere: unknown, expected --port N, --topic NAME[:PARTITIONS] or --help
                        --port           | --port: got no value, expected N
                        --port=0 --port=1| --port: given more than once, expected once
                        """)
        void isOneLineThatNamesTheFlagWhatWasGivenAndWhatIsExpected(String arguments, String line) {
            assertThat(run(arguments.split(" (?=--)"))).isEqualTo(2);
            assertThat(errors.toString().lines()).containsExactly(line);
            assertThat(output.toString()).isEmpty();
        }
    }

    @Test
    void helpNamesEachFlagWithItsDefault() {
        assertThat(run("--help")).isZero();
        assertThat(output.toString())
                .contains("--port=N", "(default: 9092)", "--topic=NAME[:PARTITIONS]", "with 2 partitions");
    }

    @Test
    void aPortInUseIsOneLine() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThat(run("--port", Integer.toString(taken.getLocalPort()))).isEqualTo(1);
            assertThat(errors.toString().lines())
                    .containsExactly("cookbook kafka: port " + taken.getLocalPort() + " is in use");
        }
    }

    @Test
    void servesItsTopicsUntilItIsStoppedAndLeavesNothingBehind(@TempDir Path temporary, @TempDir Path logs) {
        int port = LoopbackPort.free();
        try (ChildJvm command = ChildJvm.of(KafkaCommand.class)
                .heap("256m")
                .property("java.io.tmpdir", temporary.toString())
                .arguments("--port", Integer.toString(port), "--topic", "payments:4", "--topic", "refunds")
                .errorsTo(logs.resolve("errors"))
                .start()) {
            String address = "localhost:" + port;
            assertThat(command.awaitLine("ready", PATIENT)).isEqualTo("ready bootstrap=" + address);
            assertThat(TopicReader.endOffsets(address, "payments")).hasSize(4);
            assertThat(TopicReader.endOffsets(address, "refunds")).hasSize(2);
            assertThat(temporary).isNotEmptyDirectory();

            command.terminate();

            assertThat(command.awaitExit(PATIENT)).isEqualTo(128 + 15);
            assertThat(command.output()).containsExactly("ready bootstrap=" + address);
            assertThat(temporary).isEmptyDirectory();
            assertThat(logs.resolve("errors"))
                    .content()
                    .isEqualTo(
                            "Kafka runs until Ctrl-C (or SIGTERM), which deletes its data." + System.lineSeparator());
        }
    }
}
