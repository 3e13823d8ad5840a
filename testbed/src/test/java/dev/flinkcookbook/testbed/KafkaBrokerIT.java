package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class KafkaBrokerIT {
    private static final List<String> HUNDRED = Written.numbers(100);

    private static void keepsDataAndAddressOverStopAndStart(KafkaBroker kafka) {
        String address = kafka.bootstrapServers();
        String topic = Topics.unique("kept");
        Topics.create(address, topic, 1);
        try (KafkaProducer<String, String> producer = Written.producer(kafka)) {
            Written.write(producer, topic, 0, HUNDRED);

            kafka.stop();
            kafka.stop();
            kafka.start();
            kafka.start();

            assertThat(kafka.bootstrapServers()).isEqualTo(address);
            Written.write(producer, topic, 0, List.of("after the start"));
        }
        assertThat(Written.values(TopicReader.readAll(address, topic)))
                .startsWith(HUNDRED.toArray(String[]::new))
                .endsWith("after the start")
                .hasSize(101);
    }

    @Nested
    class InThisJvm {
        @Test
        void keepsItsDataAndItsAddressOverAStopAndAStart() {
            try (KafkaBroker kafka = InProcessKafka.started()) {
                keepsDataAndAddressOverStopAndStart(kafka);
            }
        }

        @Test
        void deletesItsFolderWhenItIsClosed() throws IOException {
            InProcessKafka kafka = InProcessKafka.started();
            Path folder = kafka.folder();
            assertThat(folder)
                    .isDirectory()
                    .hasParent(Path.of(System.getProperty("java.io.tmpdir")).toRealPath());

            kafka.close();
            kafka.close();

            assertThat(folder).doesNotExist();
            assertThatThrownBy(kafka::start).hasMessage("this broker is closed and its data is deleted");
        }

        @Test
        void saysInOneLineThatThePortIsInUse() throws IOException {
            try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
                assertThatThrownBy(() -> InProcessKafka.startedOn(taken.getLocalPort()))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("port " + taken.getLocalPort() + " is in use");
            }
        }

        @Test
        void takesTheWantedPortAndExtraProperties() throws Exception {
            int port = LoopbackPort.free();
            try (KafkaBroker kafka = InProcessKafka.startedOn(port, Map.of("message.max.bytes", "4321"));
                    Admin admin = AdminClients.open(kafka.bootstrapServers())) {
                assertThat(kafka.bootstrapServers()).isEqualTo("localhost:" + port);
                ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
                assertThat(admin.describeConfigs(List.of(broker)).all().get().get(broker))
                        .satisfies(config -> assertThat(
                                        config.get("message.max.bytes").value())
                                .isEqualTo("4321"))
                        // A sink that asks for more than the production default must fail here too.
                        .satisfies(config -> assertThat(
                                        config.get("transaction.max.timeout.ms").value())
                                .isEqualTo("900000"));
            }
        }

        @Test
        void listensOnTheLoopbackAddressOnly() throws Exception {
            try (KafkaBroker kafka = InProcessKafka.started()) {
                int port = Integer.parseInt(kafka.bootstrapServers().split(":")[1]);
                List<InetAddress> outside = NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                        .toList();
                for (InetAddress address : outside) {
                    assertThatThrownBy(() -> new Socket(address, port).close())
                            .as("a connection to %s", address)
                            .isInstanceOf(IOException.class);
                }
            }
        }
    }

    @Nested
    class InAChildProcess {
        private static ChildProcessKafka kafka; // Each test leaves it running: a start takes three seconds.

        @BeforeAll
        static void startBroker() {
            kafka = ChildProcessKafka.started();
        }

        @AfterAll
        static void closeBroker() {
            kafka.close();
        }

        @Test
        void keepsItsDataAndItsAddressOverAStopAndAStart() {
            keepsDataAndAddressOverStopAndStart(kafka);
        }

        @Test
        void keepsEveryAcknowledgedRecordOverKillMinusNine() {
            String topic = Topics.unique("acknowledged");
            Topics.create(kafka.bootstrapServers(), topic, 1);
            try (KafkaProducer<String, String> producer = Written.producer(kafka)) {
                Written.write(producer, topic, 0, HUNDRED);
            }
            long killed = kafka.pid();

            kafka.kill();
            assertThat(ProcessHandle.of(killed)).isEmpty();
            kafka.start();

            assertThat(kafka.pid()).isNotEqualTo(killed);
            assertThat(Written.values(TopicReader.readAll(kafka.bootstrapServers(), topic)))
                    .isEqualTo(HUNDRED);
        }

        @Test
        void answersNobodyWhilePausedAndEveryoneAfterwards() throws Exception {
            try (KafkaProducer<String, String> producer = Written.producer(kafka)) {
                String topic = Topics.unique("paused");
                Topics.create(kafka.bootstrapServers(), topic, 1);
                Written.write(producer, topic, 0, List.of("before"));

                kafka.pause();
                var answer = producer.send(new ProducerRecord<>(topic, "meanwhile"));
                assertThat(kafka.pid()).isPositive();
                Awaitility.await("no answer for a second")
                        .during(Duration.ofSeconds(1))
                        .until(() -> !answer.isDone());
                kafka.resume();

                answer.get();
                assertThat(Written.values(TopicReader.readAll(kafka.bootstrapServers(), topic)))
                        .containsExactly("before", "meanwhile");
            }
        }

        @Test
        void stopsAlsoWhilePausedAndDeletesItsFolderWhenClosed() {
            ChildProcessKafka own = ChildProcessKafka.started();
            long pid = own.pid();
            own.pause();

            own.stop();
            assertThat(ProcessHandle.of(pid)).isEmpty();
            assertThat(own.folder()).isDirectory();

            own.close();
            own.close();
            assertThat(own.folder()).doesNotExist();
        }

        @Test
        void saysInOneLineThatThePortIsInUse() throws IOException {
            try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
                assertThatThrownBy(() -> ChildProcessKafka.startedOn(taken.getLocalPort()))
                        .hasMessage("port " + taken.getLocalPort() + " is in use");
            }
        }
    }

    @Test
    void closesWithoutWaitingForClients() {
        InProcessKafka kafka = InProcessKafka.started();
        Topics.create(kafka.bootstrapServers(), "t", 1);
        try (TopicFollower follower = new TopicFollower(kafka.bootstrapServers(), "t")) {
            follower.poll(Duration.ofMillis(10));
            assertThat(CompletableFuture.runAsync(kafka::close)).succeedsWithin(Duration.ofSeconds(20));
            assertThat(Files.exists(kafka.folder())).isFalse();
        }
    }
}
