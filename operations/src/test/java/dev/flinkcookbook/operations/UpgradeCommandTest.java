package dev.flinkcookbook.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.operations.UpgradeOnACluster.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpgradeCommandTest {
    private static final List<String> RIGHT = List.of(
            "--jobmanager=http://localhost:1", "--job=j", "--jar=v2.jar", "--strategy=savepoint", "--savepoint-dir=/s");

    private static Said call(String... more) {
        List<String> flags = new ArrayList<>(RIGHT);
        flags.addAll(List.of(more));
        return UpgradeOnACluster.upgrade(flags.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --watch=2        | --watch: got '2', expected a duration such as 2m, 90s or 500ms
                    --watch=0s       | --watch: got '0s', expected a duration such as 2m, 90s or 500ms
                    --format=binary  | --format: got 'binary', expected canonical or native
                    --parallelism=0  | --parallelism: got '0', expected a number from 1 to 1000
                    --cut-over-at=12 | --cut-over-at: got '12', expected a time such as 2026-01-31T10:00:00Z
                    --soup           | --soup: unknown, expected a flag; --help lists them; those of the job stand after --
                    --job=k          | --job: given more than once, expected once
                    """)
    void answersAWrongFlagWithOneLine(String flag, String line) {
        Said said = call("--rollback-jar=v1.jar", flag);

        assertThat(said.exitCode()).isEqualTo(2);
        assertThat(said.errors()).isEqualToIgnoringNewLines(line);
    }

    @Test
    void asksForWhatAStrategyNeeds() {
        assertThat(call().errors()).startsWith("--rollback-jar: got no value, expected the jar of the running version");
        assertThat(call("--rollback-jar=v1.jar", "--trial-flags=--a b", "--", "--a", "b")
                        .errors())
                .startsWith("--trial-flags: got '--a b', expected flags that differ");
        assertThat(UpgradeOnACluster.upgrade("--jobmanager=http://localhost:1").errors())
                .isEqualToIgnoringNewLines("--job: got no value, expected NAME");
    }

    @Test
    void saysThatNobodyAnswers() {
        Said said = call("--rollback-jar=v1.jar");

        assertThat(said.exitCode()).isEqualTo(2);
        assertThat(said.out()).startsWith("check=jobmanager refused: no JobManager answers at http://localhost:1");
        assertThat(said.last()).isEqualTo("upgrade=refused job=j");
    }

    @Test
    void listsTheMainClassesOfAJarThatNamesNone(@TempDir Path folder) throws IOException {
        Path jar = folder.resolve("job.jar");
        String name = CountingJob.class.getName();
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (Class<?> type : List.of(CountingJob.class, Fit.class)) {
                String file = type.getName().replace('.', '/') + ".class";
                out.putNextEntry(new JarEntry(file));
                type.getClassLoader().getResourceAsStream(file).transferTo(out);
            }
        }

        assertThatThrownBy(() -> EntryClass.of(jar, null))
                .hasMessage("the manifest of job.jar names no main class; give --entry-class, one of: " + name);
        assertThatThrownBy(() -> EntryClass.of(jar, "a.B")).hasMessage("job.jar has no class a.B; one of: " + name);
        assertThat(EntryClass.of(jar, name)).isEqualTo(name);
    }
}
