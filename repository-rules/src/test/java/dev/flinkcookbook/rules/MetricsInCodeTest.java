package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsInCodeTest {

    private static final String FOLDER = "late-data/src/main/java/dev/flinkcookbook/latedata/";

    @TempDir
    private Path root;

    private MetricsInCode.Found found(String body, String... more) {
        RepositoryFixture fixture =
                RepositoryFixture.withRecipe(root).with(FOLDER + "Split.java", "class Split {\n" + body + "\n}\n");
        for (int i = 0; i < more.length; i += 2) {
            fixture.with(FOLDER + more[i], more[i + 1]);
        }
        Repository repository = fixture.repository();
        return MetricsInCode.of(repository, repository.recipes().get(0));
    }

    private static MetricsInCode.Metric metric(String name, String type, String unit) {
        return new MetricsInCode.Metric(name, type, unit, "What came.", "it grows.", "Split");
    }

    @Test
    void takesTheMeaningFromTheLinesAbove() {
        assertThat(found("""
                void open() {
                    // What
                    // came. Worry: it grows.
                    late = getRuntimeContext().getMetricGroup().counter("late");
                }
                """).metrics()).containsExactly(metric("late", "counter", "count"));
    }

    @Test
    void takesTheUnitFromTheName() {
        assertThat(found("""
                void open(MetricGroup metrics) {
                    // What came. Worry: it grows.
                    metrics.histogram("behindMs", new Some(9));
                    // What came. Worry: it grows.
                    metrics.gauge("heldBytes", () -> 1);
                }
                """).metrics())
                .containsExactly(metric("behindMs", "histogram", "ms"), metric("heldBytes", "gauge", "bytes"));
    }

    @Test
    void resolvesConstantsHereAndInOtherClasses() {
        MetricsInCode.Found found = found("""
                static final String LATE = "late";
                void open(MetricGroup metrics) {
                    // What came. Worry: it grows.
                    metrics.counter(LATE);
                    // What came. Worry: it grows.
                    metrics.meter(Names.RATE, new Some());
                }
                """, "Names.java", "class Names { static final String RATE = \"rate\"; }");
        assertThat(found.metrics())
                .containsExactly(metric("late", "counter", "count"), metric("rate", "meter", "count"));
    }

    @Test
    void takesEachCreationOfAClassThatRegistersItsParameter() {
        MetricsInCode.Found found = found("""
                void open() {
                    // What came. Worry: it grows.
                    late = new Tally(state, "late", getMetricGroup());
                }
                """, "Tally.java", """
                class Tally {
                    Tally(Object state, String name, MetricGroup metrics) {
                        metrics.gauge(name, () -> 1);
                    }
                }
                """);
        assertThat(found.metrics()).containsExactly(metric("late", "gauge", "count"));
        assertThat(found.violations()).isEmpty();
    }

    @Test
    void leavesOtherCallsOfThatNameAlone() {
        assertThat(found("void open() { shop.counter(\"bread\"); }"))
                .isEqualTo(new MetricsInCode.Found(List.of(), List.of()));
    }

    @Test
    void refusesAMetricWithoutMeaning() {
        assertThat(found("""
                void open(MetricGroup metrics) {
                    // Only what it is.
                    metrics.counter("late");
                }
                """).violations())
                .containsExactly(FOLDER
                        + "Split.java:4: the metric late has no meaning; write above it: // What it is. Worry: when.");
    }

    @Test
    void refusesNamesThatAreNotFlinksKind() {
        assertThat(found("""
                void open(MetricGroup metrics) {
                    // What came. Worry: it grows.
                    metrics.counter("Late-records");
                    // What came. Worry: it grows.
                    metrics.histogram("behind", new Some());
                    // What came. Worry: it grows.
                    metrics.counter(names.next());
                }
                """).violations())
                .containsExactly(
                        FOLDER + "Split.java:4: the metric Late-records is not in lowerCamelCase, as Flink's own are",
                        FOLDER + "Split.java:6: the histogram behind says no unit; end its name with Ms or Bytes",
                        FOLDER
                                + "Split.java:8: the name of the metric, names.next(), is no text and no constant of this recipe; make it one");
    }
}
