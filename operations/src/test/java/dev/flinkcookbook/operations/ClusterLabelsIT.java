package dev.flinkcookbook.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.ChildJvm;
import dev.flinkcookbook.testbed.ClusterCommand;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.JarRun;
import dev.flinkcookbook.testbed.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./cookbook cluster up}, in a repository in which the plugin is built. */
class ClusterLabelsIT {
    private static final Duration PATIENT = Duration.ofMinutes(3);
    private static final Path RECIPE_JAR = Path.of("../exactly-once/target/exactly-once-job.jar");
    private static final Path PLUGIN = Path.of("../failure-labels/target/failure-labels.jar");
    private static final Pattern READY = Pattern.compile("ready jobmanager=(\\S+) bootstrap=(\\S+)");

    @TempDir
    private Path root;

    private ChildJvm cluster(String... arguments) {
        return ChildJvm.of(ClusterCommand.class)
                .option("-Dcookbook.root=" + root)
                .arguments(arguments)
                .errorsTo(root.resolve("errors"))
                .start();
    }

    @AfterEach
    void down() {
        try (ChildJvm down = cluster("down")) {
            down.awaitExit(PATIENT);
        }
    }

    @Test
    void failuresHaveLabelsThereAndOptionsAreFlinks() throws Exception {
        Path target = Files.createDirectories(root.resolve("failure-labels/target"));
        Files.copy(PLUGIN, target.resolve("failure-labels.jar"));
        Matcher ready;
        try (ChildJvm up = cluster(
                "up", "--port", "0", "--kafka-port", "0", "--task-managers", "1", "-D", "restart-strategy.type=none")) {
            up.awaitExit(PATIENT);
            ready = READY.matcher(String.join("\n", up.output()));
            assertThat(ready.find())
                    .as(Files.readString(root.resolve("errors")))
                    .isTrue();
        }
        FlinkRest flink = new FlinkRest(ready.group(1));
        Topics.create(ready.group(2), "words", 1);
        Topics.create(ready.group(2), "counts", 1);

        JobID job = flink.run(
                CountingJob.jar(root, RECIPE_JAR),
                JarRun.with(
                        "--bootstrap-servers", ready.group(2),
                        "--input-topic", "words",
                        "--output-topic", "counts",
                        "--group-id", "words",
                        "--fail", "in-open"));

        flink.awaitStatus(job, PATIENT, JobStatus.FAILED);
        assertThat(flink.failures(job))
                .isNotEmpty()
                .allSatisfy(failure -> assertThat(failure.labels()).containsEntry("kind", "user-code"));
    }
}
