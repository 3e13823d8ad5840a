package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BashBlockTest {

    private static final Duration PATIENT = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private BashBlock.Result run(String block) throws Exception {
        return BashBlock.run(block, folder, PATIENT);
    }

    @Test
    void showsBothOutputsAndRunsInTheFolder() throws Exception {
        BashBlock.Result result = run("pwd -P\necho to stderr >&2\n");
        assertThat(result.exitCode()).isZero();
        assertThat(result.leftovers()).isEmpty();
        assertThat(result.output().lines()).containsExactly(folder.toRealPath().toString(), "to stderr");
    }

    @Test
    void returnsTheExitCode() throws Exception {
        assertThat(run("exit 3").exitCode()).isEqualTo(3);
    }

    @Test
    void stopsAtTheFirstCommandThatFails() throws Exception {
        BashBlock.Result result = run("false\necho not reached\n");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output()).isEmpty();
    }

    @Test
    void failsWhenAnyPartOfAPipeFails() throws Exception {
        assertThat(run("false | cat").exitCode()).isEqualTo(1);
    }

    @Test
    void failsOnAVariableThatIsNotSet() throws Exception {
        assertThat(run("echo \"$not_set_anywhere\"").exitCode()).isNotZero();
    }

    @Test
    void endsABlockThatTakesTooLong() throws Exception {
        BashBlock.Result result = BashBlock.run("echo started; sleep 300", folder, Duration.ofSeconds(1));
        assertThat(result.exitCode()).isEqualTo(124);
        assertThat(result.output()).isEqualTo("started\n");
    }

    @Test
    void findsAndKillsWhatABlockLeavesRunning() throws Exception {
        // The shell of a block leads its process group, so the group has its number.
        BashBlock.Result result =
                BashBlock.run("echo $$ >group\n(sleep 300 &)\n", folder, PATIENT, Duration.ofSeconds(1));
        assertThat(result.exitCode()).isZero();
        assertThat(result.leftovers()).singleElement().asString().endsWith("sleep 300");
        long group = Long.parseLong(Files.readString(folder.resolve("group")).strip());
        Awaitility.await().until(() -> BashBlock.running(group).isEmpty());
    }

    @Test
    void doesNotMindABackgroundProcessThatTheBlockEnds() throws Exception {
        assertThat(run("sleep 300 &\nkill $!\n").leftovers()).isEmpty();
    }
}
