package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpServer;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.Permission;
import dev.flinkcookbook.testbed.PostgresServer;
import dev.flinkcookbook.testbed.RootCause;
import dev.flinkcookbook.testbed.SecuredKafka;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.util.ExceptionUtils;
import org.apache.kafka.common.resource.ResourceType;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each job's own main against a Kafka that refuses what docs/kafka-acls.md does not list. */
class LeastPermissionsIT {

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension().set(CoreOptions.DEFAULT_PARALLELISM, 1);

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    static Path folder;

    private static SecuredKafka kafka;
    private static HttpServer screening;
    private static PostgresServer postgres;

    @BeforeAll
    static void start() throws IOException {
        kafka = SecuredKafka.started();
        postgres = PostgresServer.started();
        Set<String> topics = new LinkedHashSet<>();
        page().forEach(row -> topics.addAll(row.topics()));
        topics.forEach(topic -> kafka.createTopic(topic, 1));
        screening = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
        screening.createContext("/", exchange -> {
            try (exchange) {
                String payment = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                byte[] body = "{\"verdict\":\"clear\"}".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(payment.contains("p-1") ? 200 : 503, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        screening.start();
    }

    @AfterAll
    static void stop() {
        screening.stop(0);
        postgres.close();
        kafka.close();
    }

    private static List<KafkaPermissions> page() {
        return KafkaPermissions.of(Repository.here());
    }

    private static KafkaPermissions rowOf(SecuredJob job) {
        return page().stream()
                .filter(row -> row.job().equals(job.name()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(KafkaPermissions.PAGE + " has no row of " + job));
    }

    static List<SecuredJob> jobs() {
        return SecuredJob.all("http://localhost:" + screening.getAddress().getPort(), postgres.jdbcUrl());
    }

    static Stream<Arguments> permissionsOfJobs() {
        return jobs().stream()
                .filter(job -> !job.name().equals(SecuredJob.statement().name()))
                .flatMap(job -> rowOf(job).permissions().stream().map(missing -> Arguments.of(job, missing)));
    }

    @Test
    void areListedForExactlyTheseJobs() {
        assertThat(page())
                .extracting(KafkaPermissions::job)
                .containsExactlyInAnyOrderElementsOf(
                        jobs().stream().map(SecuredJob::name).toList());
    }

    /** The name of a new user who has just these permissions, and the flags with which a job is that user. */
    private record User(String name, List<String> given) {

        String[] flags(String... more) {
            return Stream.concat(given.stream(), Stream.of(more)).toArray(String[]::new);
        }

        static User who(SecuredJob job, Collection<Permission> permissions) {
            String name = Topics.unique("user");
            Path file = SecuredKafka.write(kafka.createUser(name, "open sesame"), folder.resolve(name));
            kafka.allow(name, permissions);
            List<String> flags = new ArrayList<>(List.of("--kafka-properties", file.toString()));
            flags.addAll(List.of("--bootstrap-servers", kafka.bootstrapServers()));
            flags.addAll(job.flags());
            return new User(name, flags);
        }
    }

    /** As it stands on the page, with the password and the place of the certificate of this broker. */
    @Test
    void areEnoughForAUserWithTheFileOfThePage() throws Exception {
        SecuredJob job = jobs().get(0);
        MarkdownFile page = MarkdownFile.read(Repository.here().root().resolve(KafkaPermissions.PAGE));
        String text = page.fences("properties").get(0).text();
        Path certificate = Files.writeString(folder.resolve("ca.pem"), kafka.certificate());
        kafka.createUser("ledger", "open sesame");
        kafka.allow("ledger", rowOf(job).permissions());
        Path file = Files.writeString(
                folder.resolve("client.properties"),
                text.replace("…", "open sesame").replace("/etc/kafka/ca.pem", certificate.toString()));
        kafka.write(job.input());

        job.main()
                .run(
                        "--bootstrap-servers",
                        kafka.bootstrapServers(),
                        "--kafka-properties",
                        file.toString(),
                        "--bounded");

        assertThat(kafka.awaitCommitted("ledger", 2, PATIENCE)).hasSizeGreaterThanOrEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("jobs")
    void sufficeAndEachIsUsed(SecuredJob job) {
        Set<Permission> permissions = rowOf(job).permissions();
        User user = User.who(job, permissions);
        CompletableFuture<Void> main = start(job, user);

        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).untilAsserted(() -> {
            if (main.isDone()) {
                main.join();
            }
            // Again and again: offsets are committed when a checkpoint is complete and something comes after it.
            kafka.write(job.input());
            Set<Permission> done = kafka.doneBy(user.name());
            assertThat(permissions)
                    .as("each is used")
                    .allMatch(permission -> done.stream().anyMatch(permission::covers));
        });
        assertThat(rowOf(job).outputs())
                .allSatisfy(output -> assertThat(kafka.awaitCommitted(output, 1, PATIENCE))
                        .as(output)
                        .isNotEmpty());
    }

    private static CompletableFuture<Void> start(SecuredJob job, User user) {
        return CompletableFuture.runAsync(() -> {
            try {
                job.main().run(user.flags());
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("permissionsOfJobs")
    void areEachNamedIfMissing(SecuredJob job, Permission missing) {
        Set<Permission> permissions = rowOf(job).permissions();
        permissions.remove(missing);
        User user = User.who(job, permissions);

        // Bounded, so that a job that is not refused comes to an end all the same.
        Throwable refusal = catchThrowable(() -> job.main().run(user.flags("--bounded")));

        String before = "Kafka at " + kafka.bootstrapServers() + " does not allow ";
        assertThat(refusal).isInstanceOf(IllegalStateException.class).hasMessageStartingWith(before);
        // Of the transactional ids each sink has a prefix of its own.
        String name = missing.toString().replaceFirst("\\*$", "");
        assertThat(refusal.getMessage().substring(before.length()).split(", "))
                .isNotEmpty()
                .allSatisfy(named -> assertThat(named).startsWith(name));
    }

    /** A statement asks nothing before it starts, so it is the job that fails; without its group it does not even that. */
    @ParameterizedTest
    @MethodSource("permissionsOfTheStatement")
    void areEachMissedByTheRunningStatement(Permission missing) throws Exception {
        SecuredJob statement = SecuredJob.statement();
        Set<Permission> permissions = rowOf(statement).permissions();
        permissions.remove(missing);
        User user = User.who(statement, permissions);
        CompletableFuture<Void> main = start(statement, user);
        kafka.write(statement.input());

        if (missing.resource().resourceType() == ResourceType.GROUP) {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> kafka.doneBy(user.name()).stream()
                            .anyMatch(Permission.of("Write", "topic", "account-totals")::covers));
            assertThat(main).isNotDone();
            assertThat(kafka.doneBy(user.name())).noneMatch(missing::covers);
        } else {
            Throwable failure = main.handle((nothing, thrown) -> thrown).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            String stackTrace = ExceptionUtils.stringifyException(failure);
            if (missing.resource().resourceType() == ResourceType.TOPIC) {
                assertThat(RootCause.line(failure)).contains(missing.resource().name());
                assertThat(stackTrace).contains("TopicAuthorizationException");
            } else {
                assertThat(RootCause.line(failure))
                        .isEqualTo("TransactionalIdAuthorizationException: Transactional Id authorization failed.");
            }
            assertThat(stackTrace).doesNotContain("sesame");
        }
    }

    static Set<Permission> permissionsOfTheStatement() {
        return rowOf(SecuredJob.statement()).permissions();
    }
}
