package dev.flinkcookbook.deduplication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.deduplication.DeduplicationParameters.Strategy;
import dev.flinkcookbook.deduplication.DeduplicationParameters.Time;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeduplicationParametersTest {

    private static DeduplicationParameters parameters(String... args) {
        return DeduplicationParameters.from(args).orElseThrow();
    }

    private static void assertRefused(String line, String... args) {
        assertThatExceptionOfType(FlagException.class)
                .isThrownBy(() -> DeduplicationParameters.from(args))
                .withMessage(line);
    }

    private static String[] with(List<String> context, String... flags) {
        return Stream.concat(context.stream(), Arrays.stream(flags)).toArray(String[]::new);
    }

    @Nested
    class WithoutAnyFlag {
        private final DeduplicationParameters parameters = parameters();

        @Test
        void theFirstPaymentOfEachIdIsKeptForADayOfProcessingTime() {
            assertThat(parameters.fields()).isEqualTo(new EventFields(List.of("/paymentId"), null, null));
            assertThat(parameters.strategy()).isEqualTo(Strategy.KEEP_FIRST);
            assertThat(parameters.time()).isEqualTo(Time.PROCESSING);
            assertThat(parameters.retention()).isEqualTo(Duration.ofHours(24));
        }

        @Test
        void droppedRecordsGoNowhere() {
            assertThat(parameters.duplicatesTopic()).isEmpty();
        }

        @Test
        void paymentsAreReadAndWrittenExactlyOnce() {
            assertThat(parameters.kafka().inputTopic()).isEqualTo("payments");
            assertThat(parameters.kafka().outputTopic()).isEqualTo("payments.deduplicated");
            assertThat(parameters.kafka().deadLetterTopic()).isEqualTo("payments.dead-letters");
            assertThat(parameters.kafka().groupId()).isEqualTo("deduplication");
            assertThat(parameters.kafka().transactionalIdPrefix()).isEqualTo("deduplication-payments.deduplicated");
            assertThat(parameters.kafka().delivery()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
        }
    }

    @Nested
    class TheId {
        @Test
        void mayBeOneField() {
            assertThat(parameters("--id-field=/payment/id").fields().ids()).containsExactly("/payment/id");
        }

        @Test
        void mayBeSeveralFieldsInTheirOrder() {
            assertThat(parameters("--id-field", "/b,/a,/items/0/id").fields().ids())
                    .containsExactly("/b", "/a", "/items/0/id");
        }

        @Test
        void mayHaveSlashesAndTildesInItsNameEscaped() {
            assertThat(parameters("--id-field=/a~1b~0c").fields().ids()).containsExactly("/a~1b~0c");
        }

        @ParameterizedTest
        @ValueSource(strings = {"paymentId", "$.paymentId", "", ",", "/a,", ",/a", "/a,,/b", "/a,b", "/a, /b", " /a"})
        void isRefusedIfAnyPartIsNoPointer(String given) {
            assertRefused(
                    "--id-field: got '" + given + "', expected a JSON pointer, such as /paymentId or /payment/id",
                    "--id-field=" + given);
        }

        @Test
        void isRefusedIfItIsGivenTwiceSinceACompositeIsOneList() {
            assertRefused("--id-field: given more than once, expected once", "--id-field=/a", "--id-field=/b");
        }
    }

    @Nested
    class TheRetention {
        @Test
        void mayBeAMillisecondOrACentury() {
            assertThat(parameters("--retention=1ms").retention()).isEqualTo(Duration.ofMillis(1));
            assertThat(parameters("--retention=36500d").retention()).isEqualTo(Duration.ofDays(36_500));
        }

        @ParameterizedTest
        @ValueSource(strings = {"0s", "0ms", "999999ns"})
        void isRefusedBelowAMillisecond(String given) {
            assertRefused("--retention: got '" + given + "', expected at least 1ms", "--retention=" + given);
        }

        @ParameterizedTest
        @ValueSource(strings = {"36501d", "200000000000d"})
        void isRefusedBeyondACenturyWhereSumsWithTimesCouldOverflow(String given) {
            assertRefused("--retention: got '" + given + "', expected at most 36500d", "--retention=" + given);
        }

        @Test
        void isRefusedWithoutItsUnit() {
            assertRefused(
                    "--retention: got '24', expected a duration with its unit, such as 24h, 5m or 100ms",
                    "--retention=24");
        }
    }

    @Nested
    class KeepFirstInEventTime {
        @Test
        void hasDefaultsForAllThatItNeeds() {
            DeduplicationParameters parameters = parameters("--time=event");
            assertThat(parameters.time()).isEqualTo(Time.EVENT);
            assertThat(parameters.fields())
                    .isEqualTo(new EventFields(
                            List.of("/paymentId"), new EventFields.Time("/createdAt", Duration.ofMinutes(1)), null));
            assertThat(parameters.outOfOrderness()).isEqualTo(Duration.ofSeconds(5));
            assertThat(parameters.idleAfter()).isEqualTo(Duration.ofSeconds(10));
        }

        @Test
        void takesEachOfItsFlags() {
            DeduplicationParameters parameters = parameters(
                    "--time=event",
                    "--time-field=/at",
                    "--out-of-orderness=0s",
                    "--max-clock-skew=0s",
                    "--idle-after=1ms");
            assertThat(parameters.fields().time()).contains(new EventFields.Time("/at", Duration.ZERO));
            assertThat(parameters.outOfOrderness()).isZero();
            assertThat(parameters.idleAfter()).isEqualTo(Duration.ofMillis(1));
        }

        @Test
        void needsAPointerToTheTime() {
            assertRefused(
                    "--time-field: got 'createdAt', expected a JSON pointer, such as /paymentId or /payment/id",
                    "--time=event",
                    "--time-field=createdAt");
        }

        @Test
        void cannotCallAPartitionIdleAtOnce() {
            assertRefused("--idle-after: got '0s', expected at least 1ms", "--time=event", "--idle-after=0s");
        }

        @ParameterizedTest
        @ValueSource(strings = {"--out-of-orderness", "--max-clock-skew", "--idle-after"})
        void takesNoDurationBeyondACentury(String flag) {
            assertRefused(
                    flag + ": got '300000000000d', expected at most 36500d", "--time=event", flag + "=300000000000d");
        }

        @ParameterizedTest
        @CsvSource({
            "--time-field, /at",
            "--out-of-orderness, 5s",
            "--max-clock-skew, 1m",
            "--idle-after, 10s",
        })
        void aloneTakesItsFlags(String flag, String given) {
            assertRefused(flag + ": got '" + given + "', but it means something only with --time event", flag, given);
        }

        @ParameterizedTest
        @ValueSource(strings = {"keep-latest", "approximate"})
        void isTheOnlyStrategyThatKnowsEventTime(String strategy) {
            assertRefused(
                    "--time: got 'event', expected processing, the only time of --strategy " + strategy,
                    "--strategy=" + strategy,
                    "--time=event");
        }
    }

    @Nested
    class KeepLatest {
        @Test
        void readsTheVersionOfEachEvent() {
            DeduplicationParameters parameters = parameters("--strategy=keep-latest", "--version-field=/version");
            assertThat(parameters.strategy()).isEqualTo(Strategy.KEEP_LATEST);
            assertThat(parameters.fields()).isEqualTo(new EventFields(List.of("/paymentId"), null, "/version"));
        }

        @Test
        void cannotGuessWhereTheVersionIs() {
            assertRefused(
                    "--version-field: got nothing, expected a JSON pointer with --strategy keep-latest",
                    "--strategy=keep-latest");
        }

        @Test
        void needsAPointerToTheVersion() {
            assertRefused(
                    "--version-field: got 'v', expected a JSON pointer, such as /paymentId or /payment/id",
                    "--strategy=keep-latest",
                    "--version-field=v");
        }

        @ParameterizedTest
        @ValueSource(strings = {"keep-first", "approximate"})
        void aloneTakesAVersion(String strategy) {
            assertRefused(
                    "--version-field: got '/version', but it means something only with --strategy keep-latest",
                    "--strategy=" + strategy,
                    "--version-field=/version");
        }
    }

    @Nested
    class Approximate {
        private static final List<String> APPROXIMATE = List.of("--strategy=approximate");

        @Test
        void expectsAMillionIdsAndLosesOneEventInTenThousandByDefault() {
            DeduplicationParameters parameters = parameters("--strategy=approximate");
            assertThat(parameters.falsePositiveRate()).isEqualTo(0.0001);
            assertThat(parameters.bloomSizing()).isEqualTo(BloomSizing.of(1_000_000, 0.0001));
        }

        @Test
        void takesBothOfItsFlags() {
            DeduplicationParameters parameters =
                    parameters(with(APPROXIMATE, "--expected-ids=50000", "--false-positive-rate=0.01"));
            assertThat(parameters.falsePositiveRate()).isEqualTo(0.01);
            assertThat(parameters.bloomSizing()).isEqualTo(BloomSizing.of(50_000, 0.01));
        }

        @ParameterizedTest
        @ValueSource(strings = {"1", "1000000000000"})
        void expectsOneToATrillionIds(String given) {
            assertThat(parameters(with(APPROXIMATE, "--expected-ids=" + given)).bloomSizing())
                    .isEqualTo(BloomSizing.of(Long.parseLong(given), 0.0001));
        }

        @ParameterizedTest
        @ValueSource(strings = {"0", "-1", "1000000000001"})
        void refusesFewerAndMore(String given) {
            assertRefused(
                    "--expected-ids: got '" + given + "', expected a number from 1 to 10^12",
                    with(APPROXIMATE, "--expected-ids=" + given));
        }

        @ParameterizedTest
        @ValueSource(strings = {"0", "1e-10", "0.51", "1", "-0.1", "NaN", "Infinity"})
        void refusesARateThatNoFilterOrNobodyCouldWant(String given) {
            assertRefused(
                    "--false-positive-rate: got '" + given + "', expected a number from 1e-9 to 0.5",
                    with(APPROXIMATE, "--false-positive-rate=" + given));
        }

        @ParameterizedTest
        @CsvSource({"--expected-ids, 1000", "--false-positive-rate, 1e-4"})
        void aloneTakesItsFlags(String flag, String given) {
            assertRefused(
                    flag + ": got '" + given + "', but it means something only with --strategy approximate",
                    flag,
                    given);
        }
    }

    @Nested
    class TheTopics {
        @Test
        void mayAllBeNamed() {
            DeduplicationParameters parameters = parameters(
                    "--input-topic=in", "--output-topic=out", "--dead-letter-topic=dead", "--duplicates-topic=dup");
            assertThat(parameters.duplicatesTopic()).contains("dup");
        }

        @ParameterizedTest
        @ValueSource(strings = {"--output-topic", "--dead-letter-topic", "--duplicates-topic"})
        void areRefusedIfTheJobWouldReadWhatItWrites(String flag) {
            assertRefused(
                    flag + ": got 'payments', expected another topic than --input-topic, or the job reads what it"
                            + " writes",
                    flag + "=payments");
        }

        @Test
        void areRefusedIfTheDefaultIsTheInput() {
            assertRefused(
                    "--output-topic: got 'payments.deduplicated', expected another topic than --input-topic, or the"
                            + " job reads what it writes",
                    "--input-topic=payments.deduplicated");
        }

        @Test
        void areRefusedIfDeadLettersOrDuplicatesWouldPassForEvents() {
            assertRefused(
                    "--dead-letter-topic: got 'out', expected another topic than --output-topic",
                    "--output-topic=out",
                    "--dead-letter-topic=out");
            assertRefused(
                    "--duplicates-topic: got 'payments.deduplicated', expected another topic than --output-topic",
                    "--duplicates-topic=payments.deduplicated");
        }
    }

    @Nested
    class AWrongChoice {
        @Test
        void isRefusedWithAllThatThereIs() {
            assertRefused(
                    "--strategy: got 'keep-last', expected keep-first or keep-latest or approximate",
                    "--strategy=keep-last");
            assertRefused("--time: got 'ingestion', expected processing or event", "--time=ingestion");
        }
    }

    @Nested
    class Help {
        private final String help = help();

        @Test
        void namesEachFlagAndItsDefault() {
            assertThat(help)
                    .contains(
                            "--id-field=POINTER[,POINTER] JSON pointers of the id (default: /paymentId)",
                            "--strategy=keep-first|keep-latest|approximate",
                            "(default: keep-first)",
                            "--retention=DURATION how long an id is remembered (default: 24h)",
                            "--time=processing|event",
                            "(default: processing)",
                            "--time-field=POINTER",
                            "(default: /createdAt)",
                            "--out-of-orderness=DURATION",
                            "(default: 5s)",
                            "--max-clock-skew=DURATION",
                            "(default: 1m)",
                            "--idle-after=DURATION",
                            "(default: 10s)",
                            "--version-field=POINTER",
                            "--expected-ids=NUMBER",
                            "(default: 1000000)",
                            "--false-positive-rate=RATE",
                            "(default: 0.0001)",
                            "--duplicates-topic=TOPIC",
                            "(default: nowhere)");
        }

        @Test
        void hasNoFlagWithoutAWordAboutIt() {
            List<String> usage = flagsIn(help.substring(0, help.indexOf("Forwards each event")));
            List<String> described = flagsIn(help.substring(help.indexOf("Forwards each event")));
            assertThat(described).containsAll(usage).contains("--bootstrap-servers", "--delivery", "--help");
        }

        private static List<String> flagsIn(String text) {
            return Pattern.compile("--[a-z-]+")
                    .matcher(text)
                    .results()
                    .map(MatchResult::group)
                    .distinct()
                    .toList();
        }

        private static String help() {
            PrintStream stdout = System.out;
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            try (PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
                System.setOut(stream);
                assertThat(DeduplicationParameters.from("--help")).isEmpty();
            } finally {
                System.setOut(stdout);
            }
            return printed.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " ");
        }
    }
}
