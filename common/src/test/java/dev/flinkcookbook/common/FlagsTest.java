package dev.flinkcookbook.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class FlagsTest {

    enum Strategy {
        KEEP_FIRST,
        KEEP_LATEST;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** A job with one flag of each kind. */
    @Command(name = "some-job")
    private static final class JobFlags {
        @Option(names = "--retention", paramLabel = "DURATION", defaultValue = "24h", description = "${DEFAULT-VALUE}")
        Duration retention;

        @Option(names = "--strategy", paramLabel = "keep-first|keep-latest", defaultValue = "keep-first")
        Strategy strategy;

        @Option(names = "--expected-ids", paramLabel = "NUMBER")
        Long expectedIds;

        @Option(names = "--rate", paramLabel = "RATE")
        Double rate;

        @Option(names = "--topic", paramLabel = "TOPIC")
        String topic;

        @Option(names = "--bounded")
        boolean bounded;

        @Option(names = "--help", usageHelp = true)
        boolean help;
    }

    private static JobFlags parse(String... args) {
        JobFlags flags = new JobFlags();
        assertThat(Flags.parse(flags, args)).isTrue();
        return flags;
    }

    private static void assertRefused(String line, String... args) {
        assertThatExceptionOfType(FlagException.class)
                .isThrownBy(() -> Flags.parse(new JobFlags(), args))
                .withMessage(line);
    }

    @Nested
    class AFlag {
        @Test
        void takesItsValueAfterAnEqualsSignOrAsTheNextWord() {
            assertThat(parse("--topic=payments").topic).isEqualTo("payments");
            assertThat(parse("--topic", "payments").topic).isEqualTo("payments");
        }

        @Test
        void keepsAnEqualsSignInsideItsValue() {
            assertThat(parse("--topic=a=b").topic).isEqualTo("a=b");
        }

        @Test
        void isNotReadFromAFileHoweverItsValueStarts() {
            assertThat(parse("--topic", "@payments").topic).isEqualTo("@payments");
        }

        @Test
        void hasItsDefaultWhereItIsNotGiven() {
            assertThat(parse().retention).isEqualTo(Duration.ofHours(24));
        }

        @Test
        void mayBeSpelledOnlyAsItIsDocumented() {
            assertRefused("--Bounded: unknown flag (--help lists all flags)", "--Bounded");
            assertRefused("--bound: unknown flag, did you mean --bounded? (--help lists all flags)", "--bound");
        }

        @Test
        void givenTwiceIsRefusedRatherThanGuessed() {
            assertRefused(
                    "--retention: given more than once, expected once",
                    "--retention=5m",
                    "--topic=t",
                    "--retention=6m");
            assertRefused("--bounded: given more than once, expected once", "--bounded", "--bounded");
        }
    }

    @Nested
    class AnUnknownFlag {
        @Test
        void isNamedWithTheOneThatWasMeant() {
            assertRefused(
                    "--retntion: unknown flag, did you mean --retention? (--help lists all flags)", "--retntion=5m");
        }

        @Test
        void isNamedAloneIfNoneIsLikeIt() {
            assertRefused("--xyz: unknown flag (--help lists all flags)", "--xyz", "5");
        }

        @Test
        void mayBeAWordWithoutDashes() {
            assertRefused("payments: unknown flag (--help lists all flags)", "payments");
            assertRefused("payments: unknown flag (--help lists all flags)", "--retention=5m", "payments");
        }

        @Test
        void neverShowsItsValueWhichMayBeASecret() {
            assertRefused("--password: unknown flag (--help lists all flags)", "--password=hunter2");
        }
    }

    @Nested
    class AMissingValue {
        @Test
        void isNamedAtTheEndOfTheLine() {
            assertRefused("--retention: got no value, expected DURATION", "--retention");
        }

        @Test
        void isNamedBeforeTheNextFlag() {
            assertRefused("--retention: got no value, expected DURATION", "--retention", "--bounded");
        }

        @Test
        void listsTheChoicesWhereThereAreSome() {
            assertRefused("--strategy: got no value, expected keep-first or keep-latest", "--strategy");
        }
    }

    @Nested
    class ADuration {
        @ParameterizedTest
        @CsvSource({"24h, PT24H", "5m, PT5M", "5min, PT5M", "100ms, PT0.1S", "30s, PT30S", "7d, PT168H", "0s, PT0S"})
        void isANumberWithItsUnit(String given, Duration expected) {
            assertThat(parse("--retention=" + given).retention).isEqualTo(expected);
        }

        @ParameterizedTest
        @ValueSource(strings = {"5", "86400000", "0", ""})
        void withoutAUnitIsRefusedSinceItWouldCountMilliseconds(String given) {
            assertRefused(
                    "--retention: got '" + given + "', expected a duration with its unit, such as 24h, 5m or 100ms",
                    "--retention=" + given);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"-5m", "5x", "1.5h", "h", "PT-5M", "-PT5M", "9223372036854775807d", "99999999999999999999h"})
        void isRefusedIfItIsNegativeOrFractionalOrOfAnUnknownUnitOrTooLarge(String given) {
            assertRefused(
                    "--retention: got '" + given + "', expected a duration such as 24h, 5m or 100ms",
                    "--retention=" + given);
            assertRefused(
                    "--retention: got '" + given + "', expected a duration such as 24h, 5m or 100ms",
                    "--retention",
                    given);
        }
    }

    @Nested
    class AChoice {
        @Test
        void isSpelledAsItIsDocumented() {
            assertThat(parse("--strategy=keep-latest").strategy).isEqualTo(Strategy.KEEP_LATEST);
        }

        @ParameterizedTest
        @ValueSource(strings = {"keep-last", "Keep-First", "keep-first,keep-latest", ""})
        void isRefusedWithAllThatThereIsToChooseFrom(String given) {
            assertRefused("--strategy: got '" + given + "', expected keep-first or keep-latest", "--strategy=" + given);
        }
    }

    @Nested
    class ANumber {
        @Test
        void isReadAsItStands() {
            assertThat(parse("--expected-ids=1000000").expectedIds).isEqualTo(1_000_000);
            assertThat(parse("--rate=1e-4").rate).isEqualTo(0.0001);
        }

        @ParameterizedTest
        @ValueSource(strings = {"many", "1.5", "1e6", "9223372036854775808", ""})
        void isRefusedIfItIsNotWholeWhereItMustBe(String given) {
            assertRefused(
                    "--expected-ids: got '" + given + "', expected NUMBER, a whole number", "--expected-ids=" + given);
        }

        @Test
        void isRefusedIfItIsNone() {
            assertRefused("--rate: got 'small', expected RATE, a number", "--rate=small");
        }
    }

    @Nested
    class ASwitch {
        @Test
        void isOnIfItStandsThere() {
            assertThat(parse("--bounded").bounded).isTrue();
            assertThat(parse().bounded).isFalse();
        }

        @Test
        void takesNoValueButTrueOrFalse() {
            assertThat(parse("--bounded=false").bounded).isFalse();
            assertRefused("--bounded: got 'maybe', expected true or false", "--bounded=maybe");
        }
    }

    @Nested
    class ALineOfError {
        @Test
        void staysOneLineWhateverWasGiven() {
            assertRefused(
                    "--retention: got 'a b c', expected a duration such as 24h, 5m or 100ms",
                    "--retention=a\nb\r\n  c");
        }

        @Test
        void isAnswerEnoughWithoutATrace() {
            assertThat(new FlagException("--retention", "0s", "at least 1ms"))
                    .hasMessage("--retention: got '0s', expected at least 1ms");
        }
    }

    @Nested
    class Help {
        @Test
        void printsTheFlagsAndSaysThatThereIsNothingToDo() {
            String help = printedBy(
                    () -> assertThat(Flags.parse(new JobFlags(), "--help")).isFalse());
            assertThat(help)
                    .startsWith("Usage: some-job")
                    .contains("--retention=DURATION", "24h", "--strategy=keep-first|keep-latest", "--bounded");
        }

        private static String printedBy(Runnable call) {
            PrintStream stdout = System.out;
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            try (PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
                System.setOut(stream);
                call.run();
            } finally {
                System.setOut(stdout);
            }
            return printed.toString(StandardCharsets.UTF_8);
        }
    }
}
