package dev.flinkcookbook.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small repository in a temporary folder, in which a test breaks one rule. */
record RepositoryFixture(Path root) {

    /** One module, the recipe late-data, that keeps the rules; it has no README yet and no {@code LateDataJobIT}. */
    static RepositoryFixture withRecipe(Path root) {
        return new RepositoryFixture(root)
                .with("pom.xml", """
                        <project>
                          <modules>
                            <module>late-data</module>
                          </modules>
                          <properties>
                            <maven.compiler.release>17</maven.compiler.release>
                            <flink.version>2.3.0</flink.version>
                            <flink-connector-kafka.version>5.0.0-2.2</flink-connector-kafka.version>
                            <kafka.version>4.2.2</kafka.version>
                          </properties>
                        </project>
                        """)
                .with("late-data/pom.xml", """
                        <project>
                          <parent>
                            <version>1</version>
                          </parent>
                          <description>Events that come late.</description>
                          <properties>
                            <job.main-class>dev.flinkcookbook.latedata.LateDataJob</job.main-class>
                          </properties>
                        </project>
                        """)
                .with("late-data/src/main/java/dev/flinkcookbook/latedata/package-info.java", "")
                .with("late-data/src/main/java/dev/flinkcookbook/latedata/LateDataJob.java", """
                        package dev.flinkcookbook.latedata;

                        public final class LateDataJob {
                            public static void main(String[] args) {
                                split();
                                count();

                                done();
                            }
                        }
                        """)
                .with("late-data/src/test/java/dev/flinkcookbook/latedata/LateDataDemo.java", "");
    }

    RepositoryFixture with(String file, String text) {
        Path path = root.resolve(file);
        try {
            Files.createDirectories(path.getParent());
            Files.writeString(path, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    Repository repository() {
        return new Repository(root);
    }
}
