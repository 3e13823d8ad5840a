package dev.flinkcookbook.latedata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.common.FlagException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LateDataParametersTest {

    private static LateDataParameters from(String... flags) {
        return LateDataParameters.from(flags).orElseThrow();
    }

    @Test
    void haveDefaults() {
        LateDataParameters parameters = from();

        assertThat(parameters.windows()).isEqualTo(new LatenessPolicy(60_000, 60_000));
        assertThat(parameters.outOfOrderness()).isEqualTo(Duration.ofSeconds(10));
        assertThat(parameters.reader()).isEqualTo(new ReadingReader(Duration.ofMinutes(1)));
        assertThat(parameters.idleAfter()).isEqualTo(Duration.ofSeconds(10));
        assertThat(parameters.maxPartitionDrift()).isEqualTo(Duration.ofMinutes(5));
        assertThat(parameters.lateTopic()).isEqualTo("readings.late");
        assertThat(parameters.kafka().outputTopic()).isEqualTo("readings.windows");
        assertThat(parameters.kafka().deadLetterTopic()).isEqualTo("readings.dead-letters");
        assertThat(parameters.kafka().transactionalIdPrefix()).isEqualTo("late-data-readings.windows");
    }

    @Test
    void areReadFromFlags() {
        LateDataParameters parameters = from(
                "--window=5s",
                "--allowed-lateness=0ms",
                "--out-of-orderness=0ms",
                "--max-clock-skew=2h",
                "--idle-after=1s",
                "--max-partition-drift=1h",
                "--input-topic=t",
                "--output-topic=w");

        assertThat(parameters.windows()).isEqualTo(new LatenessPolicy(5_000, 0));
        assertThat(parameters.outOfOrderness()).isZero();
        assertThat(parameters.reader().maxClockSkew()).isEqualTo(Duration.ofHours(2));
        assertThat(parameters.idleAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(parameters.maxPartitionDrift()).isEqualTo(Duration.ofHours(1));
        assertThat(parameters.lateTopic()).isEqualTo("t.late");
        assertThat(from("--late-topic=l").lateTopic()).isEqualTo("l");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--window 0ms | --window: got '0ms', expected at least 1ms",
                "--window 100y | --window: got '100y', expected a duration such as 24h, 5m or 100ms",
                "--window 36501d | --window: got '36501d', expected at most 36500d",
                "--allowed-lateness 36501d | --allowed-lateness: got '36501d', expected at most 36500d",
                "--out-of-orderness 36501d | --out-of-orderness: got '36501d', expected at most 36500d",
                "--max-clock-skew 36501d | --max-clock-skew: got '36501d', expected at most 36500d",
                "--idle-after 0s | --idle-after: got '0ms', expected at least 1ms",
                "--max-partition-drift 0s | --max-partition-drift: got '0ms', expected at least 1ms",
                "--output-topic readings | --output-topic: got 'readings', expected another topic than --input-topic",
                "--late-topic readings | --late-topic: got 'readings', expected another topic than --input-topic",
                "--late-topic readings.windows | --late-topic: got 'readings.windows', expected another topic than --output-topic",
                "--dead-letter-topic readings.late | --dead-letter-topic: got 'readings.late', expected another topic than --late-topic",
                "--lateness 1s | --lateness: unknown flag, did you mean --late-topic? (--help lists all flags)",
                "--kafka-properties none | --kafka-properties: got 'none', expected a readable properties file",
            })
    void answerAWrongFlagInOneLine(String flags, String line) {
        assertThatThrownBy(() -> from(flags.split(" ")))
                .isInstanceOf(FlagException.class)
                .hasMessage(line);
    }

    @Test
    void ofTheCorrectionHaveDefaultsAndAnswerWrongFlags() {
        CorrectionParameters parameters = CorrectionParameters.from().orElseThrow();
        assertThat(parameters.correctWithin()).isEqualTo(Duration.ofDays(7));
        assertThat(parameters.idleAfter()).isEqualTo(Duration.ofSeconds(2));
        assertThat(parameters.kafka().inputTopic()).isEqualTo("readings.late");
        assertThat(parameters.kafka().outputTopic()).isEqualTo("readings.windows");
        assertThat(parameters.kafka().deadLetterTopic()).isEqualTo("readings.late.dead-letters");
        assertThat(parameters.kafka().transactionalIdPrefix())
                .as("another one than the window job's, or the two would fence each other")
                .isEqualTo("late-data-correction-readings.windows");

        assertThatThrownBy(() -> CorrectionParameters.from("--output-topic", "readings.late"))
                .hasMessage("--output-topic: got 'readings.late', expected another topic than --input-topic");
        assertThatThrownBy(() -> CorrectionParameters.from("--correct-within", "36501d"))
                .hasMessage("--correct-within: got '36501d', expected at most 36500d");
    }
}
