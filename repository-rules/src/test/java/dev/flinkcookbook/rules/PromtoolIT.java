package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prometheus's own opinion of the rules. It needs {@code promtool} on the path: {@code ./mvnw verify -Ppromtool}. */
@Tag("promtool")
class PromtoolIT {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "check config --lint-fatal monitoring/prometheus.yml",
                "check rules monitoring/rules.yml",
                "test rules monitoring/rules-test.yml"
            })
    void hasNothingToSay(String arguments) throws Exception {
        BashBlock.Result result =
                BashBlock.run("promtool " + arguments, Repository.here().root(), Duration.ofMinutes(1));

        assertThat(result.exitCode()).as(result.output()).isZero();
    }
}
