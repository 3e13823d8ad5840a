package dev.flinkcookbook.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChildJvmTest {
    private static final Duration PATIENT = Duration.ofSeconds(30);

    /** Prints what it was given, then waits for its end. */
    static final class Talker {
        public static void main(String[] args) throws InterruptedException {
            ChildMain.listen(line -> new PrintStream(System.out, true, UTF_8).println("heard " + line));
            System.out.println("arguments " + String.join(",", args));
            System.out.println("color " + System.getProperty("color") + " " + System.getenv("SHADE"));
            System.err.println("a complaint");
            if (args[0].equals("fail")) {
                throw new IllegalStateException("as asked");
            }
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("cleaned up")));
            new CountDownLatch(1).await();
        }
    }

    /** Starts a broker in a child of its own and waits to be killed. */
    static final class ParentOfABroker {
        public static void main(String[] args) throws InterruptedException {
            ChildProcessKafka kafka = ChildProcessKafka.started();
            System.out.println("folder " + kafka.folder());
            System.out.println("broker " + kafka.pid());
            if (args.length > 0) {
                kafka.pause();
                System.out.println("paused");
            }
            new CountDownLatch(1).await();
        }
    }

    @TempDir
    Path folder;

    private ChildJvm.Launch talker(String... arguments) {
        return ChildJvm.of(Talker.class).heap("32m").arguments(arguments).errorsTo(folder.resolve("errors"));
    }

    @Test
    void passesWhatItIsGivenAndReadsWhatItSays() {
        try (ChildJvm child = talker("a", "b")
                .property("color", "blue")
                .environment("SHADE", "dark")
                .start()) {
            assertThat(child.awaitLine("color", PATIENT)).isEqualTo("color blue dark");
            assertThat(child.output()).containsExactly("arguments a,b", "color blue dark");
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(folder.resolve("errors")).content().contains("a complaint"));
        }
    }

    @Test
    void endsCleanlyWhenAskedAndAtOnceWhenKilled() {
        try (ChildJvm asked = talker("a").start();
                ChildJvm killed = talker("a").start()) {
            asked.awaitLine("color", PATIENT);
            killed.awaitLine("color", PATIENT);
            Awaitility.await().until(() -> asked.isAlive() && killed.isAlive());

            asked.terminate();
            assertThat(asked.awaitExit(PATIENT)).isEqualTo(128 + 15);
            assertThat(asked.awaitLine("cleaned up", PATIENT)).isEqualTo("cleaned up");

            killed.kill();
            assertThat(killed.awaitExit(PATIENT)).isEqualTo(128 + 9);
            assertThat(killed.output()).doesNotContain("cleaned up");
        }
    }

    @Test
    void saysThatTheChildEndedBeforeTheLine() {
        try (ChildJvm child = talker("fail").start()) {
            assertThatThrownBy(() -> child.awaitLine("never", PATIENT))
                    .hasMessageContaining("ended without a line 'never'");
            assertThat(child.awaitExit(PATIENT)).isEqualTo(1);
            assertThat(folder.resolve("errors")).content().contains("IllegalStateException: as asked");
        }
    }

    @Test
    void hearsWhatItIsTold() {
        try (ChildJvm child = talker("a").start()) {
            child.awaitLine("color", PATIENT);
            child.tell("grüß dich");
            assertThat(child.awaitLine("heard", PATIENT)).isEqualTo("heard grüß dich");
        }
    }

    /** A paused one cannot notice that its parent is gone: somebody must let it go on. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBrokerEndsWithItsParentEvenIfThatIsKilled(boolean paused) {
        try (ChildJvm parent = ChildJvm.of(ParentOfABroker.class)
                .heap("64m")
                .arguments(paused ? new String[] {"pause"} : new String[0])
                .errorsTo(this.folder.resolve("errors"))
                .start()) {
            if (paused) {
                parent.awaitLine("paused", PATIENT);
            }
            long broker = Long.parseLong(parent.awaitLine("broker ", PATIENT).substring("broker ".length()));
            Path folder = Path.of(parent.awaitLine("folder ", PATIENT).substring("folder ".length()));
            assertThat(ProcessHandle.of(broker)).isPresent();
            assertThat(folder).isNotEmptyDirectory();

            parent.kill();

            Awaitility.await().until(() -> ProcessHandle.of(broker).isEmpty());
            Awaitility.await().untilAsserted(() -> assertThat(folder).doesNotExist());
        }
    }
}
