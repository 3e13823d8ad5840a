package dev.flinkcookbook.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class KafkaFailureTest {

    @Nested
    class NoAnswer {
        private static String line(int port, String... more) {
            Properties client = new Properties();
            client.setProperty("bootstrap.servers", "127.0.0.1:" + port);
            for (int i = 0; i < more.length; i += 2) {
                client.setProperty(more[i], more[i + 1]);
            }
            return KafkaFailure.noAnswer(client, "after 4 attempts", new TimeoutException())
                    .getMessage()
                    .replace("127.0.0.1:" + port, "HERE");
        }

        private static ServerSocket server() throws IOException {
            return new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        }

        @Test
        void isAllThatIsToBeSaidOfAPortThatIsClosed() throws IOException {
            ServerSocket server = server();
            server.close();
            assertThat(line(server.getLocalPort())).isEqualTo("Kafka at HERE does not answer after 4 attempts");
        }

        @Test
        void mayBeForWantOfTls() throws IOException {
            try (ServerSocket server = server()) {
                assertThat(line(server.getLocalPort()))
                        .isEqualTo(
                                "Kafka at HERE does not answer after 4 attempts, but something listens there: if it wants"
                                        + " TLS or a password, --kafka-properties must say so (security.protocol)");
                assertThat(line(server.getLocalPort(), "security.protocol", "SASL_SSL"))
                        .isEqualTo("Kafka at HERE does not answer after 4 attempts");
            }
        }
    }

    @Nested
    class AnAnswer {
        @Test
        void isQuotedAndNotWhatWasBehindIt() {
            Exception answer =
                    new ExecutionException(new KafkaException("the topic is cold", new IOException("socket")));
            assertThat(KafkaFailure.of("broker:1", answer)).hasMessage("Kafka at broker:1: the topic is cold");
        }

        @Test
        void hidesWhatCouldNotBeReadOfALogin() {
            Exception failure = new KafkaException(
                    "Failed to create new KafkaAdminClient",
                    new IllegalArgumentException("Invalid login module control flag 'sesame' in JAAS config"));
            assertThat(KafkaFailure.of("broker:1", failure))
                    .hasNoCause()
                    .hasMessage(
                            "Kafka at broker:1: sasl.jaas.config of --kafka-properties cannot be read, expected MODULE"
                                    + " required username=\"…\" password=\"…\";");
        }
    }
}
