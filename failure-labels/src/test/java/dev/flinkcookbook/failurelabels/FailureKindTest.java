package dev.flinkcookbook.failurelabels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutionException;
import java.util.stream.StreamSupport;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.failure.FailureEnricher;
import org.apache.flink.core.failure.FailureEnricherFactory;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.checkpoint.CheckpointFailureReason;
import org.apache.flink.runtime.jobmaster.JobMasterException;
import org.apache.flink.runtime.state.CheckpointedStateScope;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStreamFactory;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.SerializedThrowable;
import org.apache.flink.util.StateMigrationException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each failure is brought about where that is possible, so that its causes and stack traces are the real ones. */
class FailureKindTest {

    private interface Failing {
        void run() throws Exception;
    }

    private static Throwable thrownBy(Failing failing) {
        try {
            failing.run();
        } catch (Exception | Error e) {
            return e;
        }
        throw new AssertionError("nothing was thrown");
    }

    /** As the scheduler sees it. */
    private static Throwable inATask(Throwable cause) {
        return new FlinkException(
                "Recovery is suppressed", new FlinkRuntimeException("One or more fetchers failed", cause));
    }

    private static String labelOf(Throwable failure) {
        return FailureKind.of(inATask(failure)).toString();
    }

    @Nested
    class UserCode {
        @Test
        void isABug() {
            assertThat(labelOf(thrownBy(() -> Map.<String, Integer>of().get(null))))
                    .isEqualTo("user-code");
            assertThat(labelOf(thrownBy(() -> Integer.parseInt("x")))).isEqualTo("user-code");
        }

        @Test
        void isAnExceptionThatTheJobManagerHasNoClassOf() {
            assertThat(labelOf(new SerializedThrowable(thrownBy(() -> Integer.parseInt("x")))))
                    .isEqualTo("user-code");
        }
    }

    @Nested
    class Kafka {
        @Test
        void isABrokerThatDoesNotAnswer() {
            Throwable failure = thrownBy(() -> {
                try (Admin admin = Admin.create(Map.of(
                        "bootstrap.servers", "localhost:1",
                        "default.api.timeout.ms", "200",
                        "request.timeout.ms", "200"))) {
                    admin.listTopics().names().get();
                }
            });
            assertThat(failure).isInstanceOf(ExecutionException.class);
            assertThat(labelOf(failure)).isEqualTo("kafka");
            assertThat(labelOf(new SerializedThrowable(failure))).isEqualTo("kafka");
        }

        @Test
        void isAMisuseOfItsClient() {
            assertThat(labelOf(thrownBy(() -> {
                        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                                Map.of("bootstrap.servers", "localhost:1"),
                                new ByteArrayDeserializer(),
                                new ByteArrayDeserializer())) {
                            consumer.poll(Duration.ofMillis(1));
                        }
                    })))
                    .isEqualTo("kafka");
        }
    }

    @Nested
    class State {
        @Test
        void isACheckpointThatFailed() {
            assertThat(labelOf(new CheckpointException(CheckpointFailureReason.CHECKPOINT_EXPIRED)))
                    .isEqualTo("state");
        }

        @Test
        void isASchemaThatDoesNotFit() {
            assertThat(labelOf(new StateMigrationException("The new state serializer must not be incompatible")))
                    .isEqualTo("state");
        }

        @Test
        void isAStorageThatCannotBeWritten(@TempDir Path folder) throws IOException {
            Path file = Files.writeString(folder.resolve("checkpoints"), "no folder");
            org.apache.flink.core.fs.Path below =
                    new org.apache.flink.core.fs.Path(file.resolve("chk-1").toUri());
            Throwable failure = thrownBy(() -> {
                try (var stream = new FsCheckpointStreamFactory(FileSystem.getLocalFileSystem(), below, below, 0, 1024)
                        .createCheckpointStateOutputStream(CheckpointedStateScope.EXCLUSIVE)) {
                    stream.write(new byte[4096]);
                    stream.closeAndGetHandle();
                }
            });
            assertThat(failure).isInstanceOf(IOException.class);
            assertThat(labelOf(failure)).isEqualTo("state");
        }
    }

    @Nested
    class External {
        @Test
        void isAConnectionThatIsRefused() {
            Throwable failure = thrownBy(() -> new Socket("localhost", 1).close());
            assertThat(failure).isInstanceOf(ConnectException.class);
            assertThat(labelOf(new IOException("cannot ask", failure))).isEqualTo("external");
        }

        @Test
        void isADatabase() {
            Throwable failure = thrownBy(() -> DriverManager.getConnection("jdbc:none:"));
            assertThat(failure).isInstanceOf(SQLException.class);
            assertThat(labelOf(failure)).isEqualTo("external");
        }

        @Test
        void isNotAFileThatTheJobCannotOpen(@TempDir Path folder) {
            assertThat(labelOf(thrownBy(() -> new FileOutputStream(folder.toFile()).close())))
                    .isEqualTo("user-code");
        }
    }

    @Nested
    class Infrastructure {
        @Test
        void isATaskManagerThatIsGone() {
            assertThat(FailureKind.of(new JobMasterException("TaskManager with id 1 is no longer reachable")))
                    .hasToString("infrastructure");
        }
    }

    @Nested
    class Flink {
        @Test
        void isWhatNobodyElseDid() {
            Exception failure = new FlinkException("something");
            failure.setStackTrace(new StackTraceElement[] {
                new StackTraceElement("org.apache.flink.runtime.scheduler.DefaultScheduler", "x", null, 1)
            });
            assertThat(FailureKind.of(failure)).hasToString("flink");
        }
    }

    @Test
    void aCauseThatIsItsOwnCauseEnds() {
        Exception a = new Exception("a");
        Exception b = new Exception("b", a);
        a.initCause(b);
        assertThat(FailureKind.of(b)).isNotNull();
    }

    @Test
    void flinkFindsThePlugin() {
        FailureEnricherFactory factory = StreamSupport.stream(
                        ServiceLoader.load(FailureEnricherFactory.class).spliterator(), false)
                .filter(LabelFailuresFactory.class::isInstance)
                .findFirst()
                .orElseThrow();
        FailureEnricher enricher = factory.createFailureEnricher(new Configuration());
        assertThat(enricher.getOutputKeys()).containsExactly("kind");
    }
}
