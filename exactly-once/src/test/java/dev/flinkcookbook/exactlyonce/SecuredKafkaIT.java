package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.Permission;
import dev.flinkcookbook.testbed.RootCause;
import dev.flinkcookbook.testbed.SecuredKafka;
import dev.flinkcookbook.testbed.Topics;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a Kafka with TLS, passwords and permissions refuses is one line that names it, and no line shows the password. */
class SecuredKafkaIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PASSWORD = "open;sesame 4711";

    @TempDir
    static Path folder;

    private static SecuredKafka kafka;

    private final String teller = Topics.unique("teller");
    private final String input = Topics.unique("transfers");
    private final String ledger = Topics.unique("ledger");
    private final String deadLetters = input + ".dead-letters";
    private Map<String, String> client;

    @BeforeAll
    static void startKafka() {
        kafka = SecuredKafka.started();
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    @BeforeEach
    void createUser() {
        client = kafka.createUser(teller, PASSWORD);
    }

    private void createTopics() {
        List.of(input, ledger, deadLetters).forEach(topic -> kafka.createTopic(topic, 1));
    }

    private List<Permission> permissions() {
        List<Permission> permissions = new ArrayList<>(List.of(
                Permission.of("Read", "topic", input),
                Permission.of("Read", "group", input),
                Permission.of("Write", "transactional id", "exactly-once-" + ledger + "-*")));
        for (String output : List.of(ledger, deadLetters)) {
            permissions.add(Permission.of("Write", "topic", output));
            permissions.add(Permission.of("Read", "topic", output));
        }
        return permissions;
    }

    private void allowAllBut(String operation, String type, String name) {
        List<Permission> permissions = permissions();
        assertThat(permissions.remove(Permission.of(operation, type, name))).isTrue();
        kafka.allow(teller, permissions);
    }

    private void run(String... more) throws Exception {
        List<String> flags = new ArrayList<>(List.of(
                "--kafka-properties",
                SecuredKafka.write(client, folder.resolve(teller)).toString()));
        flags.addAll(List.of("--input-topic", input, "--output-topic", ledger, "--group-id", input));
        flags.addAll(Arrays.asList(more));
        ExactlyOnceJob.main(flags.toArray(String[]::new));
    }

    private CompletableFuture<Void> start() {
        return CompletableFuture.runAsync(() -> {
            try {
                run();
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    private void write(int transfers) {
        List<ProducerRecord<String, String>> records = new ArrayList<>();
        for (int i = 0; i < transfers; i++) {
            records.add(new ProducerRecord<>(
                    input,
                    "{\"transferId\":\"t-%d\",\"from\":\"a\",\"to\":\"b\",\"amount\":\"1\",\"at\":\"2026-01-01T10:00:00Z\"}"
                            .formatted(i)));
        }
        kafka.write(records);
    }

    private static String stackTrace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** Before anything runs. */
    @Nested
    class IsRefused {
        private void with(String line, String... flags) {
            Throwable refusal = catchThrowable(() -> run(flags));

            assertThat(refusal)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Kafka at " + kafka.bootstrapServers() + line);
            assertThat(stackTrace(refusal)).doesNotContain("sesame", "4711");
        }

        @Test
        void aWrongPassword() {
            client = kafka.client(teller, "sesame 4711");
            with(": Authentication failed during authentication due to invalid credentials with SASL mechanism"
                    + " SCRAM-SHA-512 (sasl.* of --kafka-properties)");
        }

        @Test
        void aUserThatIsNone() {
            client = kafka.client("nobody", PASSWORD);
            with(": Authentication failed during authentication due to invalid credentials with SASL mechanism"
                    + " SCRAM-SHA-512 (sasl.* of --kafka-properties)");
        }

        @Test
        void anotherMechanism() {
            client.put("sasl.mechanism", "SCRAM-SHA-256");
            with(": Client SASL mechanism 'SCRAM-SHA-256' not enabled in the server, enabled mechanisms are"
                    + " [SCRAM-SHA-512] (sasl.* of --kafka-properties)");
        }

        /** The semicolon in the password ends the entry; what follows would be quoted by Kafka's own message. */
        @Test
        void aPasswordThatIsNotQuoted() {
            client.compute("sasl.jaas.config", (key, quoted) -> quoted.replace("\"", ""));
            with(": sasl.jaas.config of --kafka-properties cannot be read, expected MODULE required username=\"…\""
                    + " password=\"…\";");
        }

        @Test
        void aCertificateThatIsNotTrusted() {
            client.remove("ssl.truststore.type");
            client.remove("ssl.truststore.certificates");
            with(": its certificate is not trusted by ssl.truststore.* of --kafka-properties: unable to find valid"
                    + " certification path to requested target");
        }

        @Test
        void aTrustStoreThatIsNotThere() {
            client.remove("ssl.truststore.certificates");
            client.put("ssl.truststore.location", "/no/such/file.pem");
            with(": there is no file /no/such/file.pem, which --kafka-properties names");
        }

        @Test
        void allThatIsMissingAtOnce() {
            createTopics();
            with((" does not allow Read on topic %1$s, Write on topic %2$s, Read on topic %2$s, Write on topic %3$s,"
                            + " Read on topic %3$s, Read on group %1$s,"
                            + " Write on transactional id exactly-once-%2$s-ledger-*,"
                            + " Write on transactional id exactly-once-%2$s-dead-letters-*")
                    .formatted(input, ledger, deadLetters));
        }

        /** Whoever may describe a topic is told what it may do with it; whoever may not, is not even told that it is there. */
        @Test
        void aTopicThatMayOnlyBeDescribed() {
            createTopics();
            allowAllBut("Write", "topic", ledger);
            with(" does not allow Write on topic " + ledger);
        }

        @Test
        void aTopicThatMayNotBeCreated() {
            kafka.createTopic(input, 1);
            kafka.allow(teller, permissions());
            with(" has no topic %s, %s (--create-topics creates what is missing)".formatted(ledger, deadLetters));
            with(" does not allow Create on topic " + ledger, "--create-topics");
        }

        @Test
        void noTransactionsThatAreNotUsed() throws Exception {
            createTopics();
            allowAllBut("Write", "transactional id", "exactly-once-" + ledger + "-*");
            with(" does not allow Write on transactional id exactly-once-%1$s-ledger-*, Write on transactional id"
                            .formatted(ledger)
                    + " exactly-once-%s-dead-letters-*".formatted(ledger));

            write(1);
            run("--bounded", "--delivery", "at-least-once");
            assertThat(kafka.awaitCommitted(ledger, 2, PATIENCE)).hasSize(2);
        }

        @Test
        void noGroupWhoseOffsetsAreNotCommitted() throws Exception {
            createTopics();
            allowAllBut("Read", "group", input);
            with(" does not allow Read on group " + input);

            write(1);
            client.put("commit.offsets.on.checkpoint", "false");
            run("--bounded");
            assertThat(kafka.awaitCommitted(ledger, 2, PATIENCE)).hasSize(2);
        }
    }

    /** Then the password is in no graph of a job and in no storage of Flink's: each client takes it from the file. */
    @Nested
    class TheSettings {
        @Test
        void mayNameAFileThatHoldsThePassword() throws Exception {
            createTopics();
            kafka.allow(teller, permissions());
            Path secret = Files.writeString(
                    folder.resolve("secret.properties"), "login=" + client.get("sasl.jaas.config") + "\n");
            client.put("sasl.jaas.config", "${file:" + secret + ":login}");
            client.put("config.providers", "file");
            client.put("config.providers.file.class", FileConfigProvider.class.getName());

            write(1);
            run("--bounded");

            assertThat(kafka.awaitCommitted(ledger, 2, PATIENCE)).hasSize(2);
        }
    }

    /** What only the running job can find. */
    @Nested
    class WhileItRuns {
        private String failure(CompletableFuture<Void> job) throws Exception {
            Throwable failure = job.handle((unused, thrown) -> thrown).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(stackTrace(failure)).doesNotContain("sesame", "4711");
            return RootCause.line(failure);
        }

        /** Kafka tells whether a client may describe a transactional id, and not whether it may write under it. */
        @Test
        void aTransactionalIdThatMayOnlyBeDescribedIsNamedByItsException() throws Exception {
            createTopics();
            allowAllBut("Write", "transactional id", "exactly-once-" + ledger + "-*");
            kafka.allow(
                    teller, List.of(Permission.of("Describe", "transactional id", "exactly-once-" + ledger + "-*")));

            assertThat(failure(start()))
                    .isEqualTo("TransactionalIdAuthorizationException: Transactional Id authorization failed.");
        }

        /** One record for each subtask: a writer that is refused two may fail again when it is closed, and end the TaskManager. */
        @Test
        void aPermissionThatIsTakenBackIsNamed() throws Exception {
            createTopics();
            kafka.allow(teller, permissions());
            CompletableFuture<Void> job = start();
            write(1);
            kafka.awaitCommitted(ledger, 2, PATIENCE);

            kafka.forbid(teller, Permission.of("Write", "topic", ledger));
            write(1);

            assertThat(failure(job))
                    .isEqualTo("TopicAuthorizationException: Not authorized to access topics: [" + ledger + "]");
        }
    }
}
