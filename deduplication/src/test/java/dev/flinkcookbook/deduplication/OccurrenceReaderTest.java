package dev.flinkcookbook.deduplication;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OccurrenceReaderTest {

    private static final Instant WRITTEN = Instant.parse("2026-01-01T00:00:00Z");

    private static OccurrenceReader readerOf(String... ids) {
        return new OccurrenceReader(new EventFields(List.of(ids), null, null));
    }

    private static OccurrenceReader timeReader(Duration maxClockSkew) {
        return new OccurrenceReader(new EventFields(List.of("/id"), new EventFields.Time("/at", maxClockSkew), null));
    }

    private static OccurrenceReader versionReader() {
        return new OccurrenceReader(new EventFields(List.of("/id"), null, "/version"));
    }

    private static KafkaRecord record(byte[] value) {
        return new KafkaRecord("payments", 0, 0, WRITTEN.toEpochMilli(), null, value, new RecordHeaders());
    }

    private static Occurrence read(OccurrenceReader reader, String json) {
        return reader.read(record(json.getBytes(UTF_8)));
    }

    /** The id of an event whose one id field has this value, in JSON's spelling. */
    private static Id id(String value) {
        Occurrence occurrence = read(readerOf("/id"), "{\"id\":" + value + "}");
        assertThat(occurrence.fault()).isNull();
        return occurrence.id();
    }

    /** The id of an event whose composite id has these parts, in JSON's spelling. */
    private static Id composite(String... parts) {
        String[] pointers = new String[parts.length];
        Arrays.setAll(pointers, i -> "/" + i);
        Occurrence occurrence = read(readerOf(pointers), "[" + String.join(",", parts) + "]");
        assertThat(occurrence.fault()).isNull();
        return occurrence.id();
    }

    private static void assertFault(String reason, String message, Occurrence occurrence) {
        assertThat(occurrence.fault()).isEqualTo(new Occurrence.Fault(reason, message));
        assertThat(occurrence.isReadable()).isFalse();
        assertThat(occurrence.id()).isNull();
        assertThat(occurrence.version()).isNull();
        assertThat(occurrence.eventTime()).isEqualTo(Occurrence.NO_EVENT_TIME);
    }

    private static void assertReason(String reason, Occurrence occurrence) {
        assertThat(occurrence.fault()).isNotNull();
        assertFault(reason, occurrence.fault().message(), occurrence);
    }

    @Nested
    class AnId {
        @Test
        void isTyped() {
            assertThat(Set.of(
                            id("1"),
                            id("\"1\""),
                            id("true"),
                            id("\"true\""),
                            id("false"),
                            id("0"),
                            id("\"0\""),
                            id("1.5"),
                            id("\"1.5\"")))
                    .hasSize(9);
        }

        @ParameterizedTest
        @CsvSource({
            "1, 1.0",
            "1, 1e0",
            "100, 1e2",
            "0, -0",
            "0, 0.0",
            "0.5, 5e-1",
            "1000000000000000000, 1e18",
            "9223372036854775808, 9.223372036854775808e18",
            "1e400, 10e399",
            "1e-400, 0.1e-399"
        })
        void isTheSameForTheSameNumberHoweverItIsSpelled(String one, String other) {
            assertThat(id(one)).isEqualTo(id(other));
        }

        @Test
        void isAnotherForAnotherNumberHoweverClose() {
            Set<Id> ids = new HashSet<>();
            List<String> numbers = List.of(
                    "9223372036854775807",
                    "9223372036854775808",
                    "-9223372036854775808",
                    "-9223372036854775809",
                    "18446744073709551616",
                    "9007199254740992",
                    "9007199254740993", // the same double as the one before
                    "0.1",
                    "0.10000000000000000001",
                    "1e400",
                    "1e401",
                    "1e-400",
                    "0",
                    "-1");
            numbers.forEach(number -> ids.add(id(number)));
            assertThat(ids).hasSameSizeAs(numbers);
        }

        @Test
        void isTheSameForTheSameTextHoweverItIsEscaped() {
            assertThat(id("\"p-é-😀\"")).isEqualTo(id("\"p-\\u00e9-\\ud83d\\ude00\""));
        }

        @Test
        void isAnotherForTextThatOnlyLooksAlike() {
            // é as one character, and as e with an accent; a space more; another case
            assertThat(Set.of(id("\"\\u00e9\""), id("\"e\\u0301\""), id("\"\\u00e9 \""), id("\"\\u00c9\"")))
                    .hasSize(4);
        }

        @Test
        void mayBeAsLongAsARecord() {
            assertThat(id("\"" + "x".repeat(900_000) + "\"")).isNotEqualTo(id("\"" + "x".repeat(900_001) + "\""));
        }

        @Test
        void doesNotDependOnWhatElseTheEventHolds() {
            assertThat(read(readerOf("/id"), "{\"id\":\"p-1\",\"amount\":1}").id())
                    .isEqualTo(read(readerOf("/id"), "{\"attempt\":2, \"id\":\"p-1\"}")
                            .id());
        }

        @Test
        void doesNotDependOnWhatWasReadBefore() {
            OccurrenceReader reader = readerOf("/id");
            Id first = read(reader, "{\"id\":\"p-1\"}").id();
            read(reader, "{\"id\":\"p-2\"}");
            read(reader, "{\"id\":\"p-");
            assertThat(read(reader, "{\"id\":\"p-1\"}").id()).isEqualTo(first);
        }

        @Test
        void isTheSameForEverSinceItStandsInSavepoints() {
            assertThat(id("\"p-1\"")).isEqualTo(GOLDEN_TEXT);
            assertThat(id("1")).isEqualTo(GOLDEN_INTEGER);
            assertThat(id("0.5")).isEqualTo(GOLDEN_DECIMAL);
            assertThat(id("true")).isEqualTo(GOLDEN_BOOLEAN);
            assertThat(composite("\"a-7\"", "1")).isEqualTo(GOLDEN_COMPOSITE);
        }
    }

    private static final Id GOLDEN_TEXT = new Id(4631137377688296358L, 1490191038);
    private static final Id GOLDEN_INTEGER = new Id(-6758475345107412197L, -1427396319);
    private static final Id GOLDEN_DECIMAL = new Id(4371162550044980740L, 2143706394);
    private static final Id GOLDEN_BOOLEAN = new Id(7983080252046282797L, -953929476);
    private static final Id GOLDEN_COMPOSITE = new Id(2391679742529761881L, -1334214361);

    @Nested
    class ACompositeId {
        @Test
        void isNotJustItsPartsInARow() {
            List<Id> ids = List.of(
                    composite("\"ab\"", "\"c\""),
                    composite("\"a\"", "\"bc\""),
                    composite("\"abc\"", "\"\""),
                    composite("\"\"", "\"abc\""),
                    composite("\"c\"", "\"ab\""),
                    composite("\"abc\""),
                    composite("\"a\"", "\"b\"", "\"c\""));
            assertThat(ids).doesNotHaveDuplicates();
        }

        @Test
        void knowsTheTypeOfEachPart() {
            List<Id> ids = List.of(
                    composite("1", "2"),
                    composite("\"1\"", "2"),
                    composite("1", "\"2\""),
                    composite("12", "\"\""),
                    composite("true", "2"),
                    composite("1.5", "2"),
                    composite("1", "2.5"));
            assertThat(ids).doesNotHaveDuplicates();
        }

        @Test
        void cannotBeForgedByTextThatHoldsTheMarksBetweenTheParts() {
            // Each part is hashed as an "s" and two bytes for each character. Without the length these two would be the
            // same bytes: 73 6100 73 6273 is 73 6100 7362 73.
            assertThat(composite("\"a\"", "\"\\u7362\"")).isNotEqualTo(composite("\"a\\u6273\"", "\"\""));
        }

        @Test
        void comparesNumbersByValueInEachPart() {
            assertThat(composite("1", "1e2")).isEqualTo(composite("1.0", "100"));
        }

        @Test
        void dependsOnTheOrderOfTheFlagsNotOfTheFields() {
            assertThat(read(readerOf("/a", "/b"), "{\"a\":1,\"b\":2}").id())
                    .isEqualTo(read(readerOf("/a", "/b"), "{\"b\":2,\"a\":1}").id())
                    .isNotEqualTo(
                            read(readerOf("/b", "/a"), "{\"a\":1,\"b\":2}").id());
        }

        @Test
        void mayHaveABlankPartBesideAnother() {
            assertThat(composite("\"\"", "1")).isNotEqualTo(composite("1", "\"\""));
        }

        @Test
        void isMissingIfAllPartsAreBlank() {
            assertFault("id-missing", "/a, /b is empty", read(readerOf("/a", "/b"), "{\"a\":\"\",\"b\":\"\"}"));
        }

        @Test
        void isMissingIfOnePartIs() {
            assertFault("id-missing", "/b is missing or null", read(readerOf("/a", "/b"), "{\"a\":1}"));
            assertFault("id-missing", "/b is missing or null", read(readerOf("/a", "/b"), "{\"a\":1,\"b\":null}"));
            assertFault("id-missing", "/a is missing or null", read(readerOf("/a", "/b"), "{\"b\":1}"));
        }
    }

    @Nested
    class AnIdThatIsNone {
        @ParameterizedTest
        @ValueSource(strings = {"{}", "{\"Id\":1}", "{\"id\":null}", "{\"x\":{\"id\":1}}", "[]", "1", "null", "\"id\""})
        void isMissing(String json) {
            assertFault("id-missing", "/id is missing or null", read(readerOf("/id"), json));
        }

        @Test
        void isMissingIfItIsEmptyElseTheSecondEmptyOneWouldBeADuplicate() {
            assertFault("id-missing", "/id is empty", read(readerOf("/id"), "{\"id\":\"\"}"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"{\"id\":{}}", "{\"id\":[]}", "{\"id\":{\"id\":1}}", "{\"id\":[1]}"})
        void isOfTheWrongType(String json) {
            assertFault(
                    "field-wrong-type", "/id is an object or an array, expected a value", read(readerOf("/id"), json));
        }

        @ParameterizedTest
        @ValueSource(strings = {"\\ud800", "a\\ud800b", "\\udc00", "\\udc00\\ud800", "\\ud83d\\ude00\\ud83d"})
        void isHalfACharacterWhichNoUtf8CanHold(String text) {
            assertFault(
                    "field-wrong-type", "/id is not valid Unicode", read(readerOf("/id"), "{\"id\":\"" + text + "\"}"));
        }
    }

    @Nested
    class AnIdTwice {
        @Test
        void isADeadLetter() {
            assertFault("field-repeated", "/id stands there twice", read(readerOf("/id"), "{\"id\":1,\"id\":1}"));
        }

        @Test
        void isADeadLetterAlsoByItsParents() {
            assertFault(
                    "field-repeated",
                    "/payment/id stands there twice",
                    read(readerOf("/payment/id"), "{\"payment\":{\"id\":1},\"payment\":{\"id\":1}}"));
        }
    }

    @Nested
    class ARecord {
        @Test
        void keepsItsBytesWhetherItCanBeReadOrNot() {
            KafkaRecord good = record("{\"id\":1}".getBytes(UTF_8));
            KafkaRecord bad = record("{\"id\":1".getBytes(UTF_8));
            assertThat(readerOf("/id").read(good).record()).isSameAs(good);
            assertThat(readerOf("/id").read(bad).record()).isSameAs(bad);
        }

        @Test
        void withoutAValueIsADeadLetter() {
            assertFault("no-value", "the record has no value", readerOf("/id").read(record(null)));
        }

        @Test
        void withAnEmptyValueIsADeadLetter() {
            assertFault("not-json", "the value is empty", readerOf("/id").read(record(new byte[0])));
        }

        @Test
        void cutAtAnyByteIsADeadLetterAndNeverShadowsTheGoodRetry() {
            byte[] payment = """
                    {"paymentId":"p-1","account":"a-7","amount":"12.50","currency":"EUR","createdAt":"2026-01-01T00:00:00Z"}""".getBytes(UTF_8);
            OccurrenceReader reader = readerOf("/paymentId");
            for (int length = 0; length < payment.length; length++) {
                assertReason("not-json", reader.read(record(Arrays.copyOf(payment, length))));
            }
            assertThat(reader.read(record(payment)).isReadable()).isTrue();
        }
    }

    @Nested
    class EveryReason {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "not-json           | hello",
                    "not-json           | {\"id\":1",
                    "not-json           | {\"id\":1}{\"id\":2}",
                    "json-beyond-limits | {\"id\":1e999999999999}",
                    "field-repeated     | {\"id\":1,\"id\":2}",
                    "field-wrong-type   | {\"id\":[1]}",
                    "id-missing         | {\"other\":1}",
                    "time-missing       | {\"id\":1,\"version\":1}",
                    "field-wrong-type   | {\"id\":1,\"at\":\"yesterday\",\"version\":1}",
                    "time-ahead-of-clock| {\"id\":1,\"at\":\"2027-01-01T00:00:00Z\",\"version\":1}",
                    "version-missing    | {\"id\":1,\"at\":\"2026-01-01T00:00:00Z\"}",
                    "field-wrong-type   | {\"id\":1,\"at\":\"2026-01-01T00:00:00Z\",\"version\":0.5}",
                })
        void isAStableWord(String reason, String json) {
            OccurrenceReader reader = new OccurrenceReader(
                    new EventFields(List.of("/id"), new EventFields.Time("/at", Duration.ofMinutes(1)), "/version"));
            assertReason(reason, read(reader, json));
        }
    }

    @Nested
    class TheEventTime {
        @ParameterizedTest
        @CsvSource({
            "'\"2026-01-01T00:00:00Z\"', 2026-01-01T00:00:00Z",
            "'\"2026-01-01T00:00:00.123456789Z\"', 2026-01-01T00:00:00.123Z",
            "'\"2026-01-01T01:30:00+01:30\"', 2026-01-01T00:00:00Z",
            "'\"2025-12-31T19:00:00-05:00\"', 2026-01-01T00:00:00Z",
            "1767225600000, 2026-01-01T00:00:00Z",
            "1.7672256e12, 2026-01-01T00:00:00Z",
            "0, 1970-01-01T00:00:00Z",
            "-1, 1969-12-31T23:59:59.999Z",
            "'\"0001-01-01T00:00:00Z\"', 0001-01-01T00:00:00Z",
        })
        void isAnInstantOrMillisecondsSinceTheEpoch(String given, Instant expected) {
            Occurrence occurrence = read(timeReader(Duration.ofHours(1)), "{\"id\":1,\"at\":" + given + "}");
            assertThat(occurrence.fault()).isNull();
            assertThat(occurrence.eventTime()).isEqualTo(expected.toEpochMilli());
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "true",
                    "\"\"",
                    "\"2026-01-01\"",
                    "\"2026-01-01T00:00:00\"",
                    "\"2026-02-30T00:00:00Z\"",
                    "\"1767225600000\"",
                    "0.5",
                    "9223372036854775808",
                    "9223372036854775807",
                    "-9223372036854775808",
                    "-62135596800001", // the year before 1
                    "253402300800000", // the year 10000
                    "\"0000-12-31T23:59:59.999Z\"",
                    "\"+10000-01-01T00:00:00Z\"",
                    "\"+999999999-12-31T23:59:59Z\"",
                    "\"-999999999-01-01T00:00:00Z\""
                })
        void isOfTheWrongTypeIfItIsNeither(String given) {
            assertFault(
                    "field-wrong-type",
                    "/at is neither an ISO-8601 instant nor milliseconds since the epoch",
                    read(timeReader(Duration.ZERO), "{\"id\":1,\"at\":" + given + "}"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"{\"id\":1}", "{\"id\":1,\"at\":null}"})
        void isMissing(String json) {
            assertFault("time-missing", "/at is missing or null", read(timeReader(Duration.ZERO), json));
        }

        @Test
        void isNotLookedForInProcessingTime() {
            assertThat(read(readerOf("/id"), "{\"id\":1,\"at\":{}}").eventTime())
                    .isEqualTo(Occurrence.NO_EVENT_TIME);
        }

        @Test
        void mayBeTheIdToo() {
            OccurrenceReader reader = new OccurrenceReader(
                    new EventFields(List.of("/at"), new EventFields.Time("/at", Duration.ZERO), null));
            assertThat(read(reader, "{\"at\":0}").isReadable()).isTrue();
        }
    }

    @Nested
    class AnEventTimeAheadOfKafkasTimestamp {
        private final Duration skew = Duration.ofMinutes(1);

        @Test
        void byTheClockSkewIsAllowed() {
            assertThat(at(WRITTEN.plus(skew).minusMillis(1)).isReadable()).isTrue();
            assertThat(at(WRITTEN.plus(skew)).isReadable()).isTrue();
        }

        @Test
        void byAMillisecondMoreIsADeadLetter() {
            assertFault(
                    "time-ahead-of-clock",
                    "/at is 2026-01-01T00:01:00.001Z, PT1M0.001S ahead of the record's timestamp; allowed are PT1M",
                    at(WRITTEN.plus(skew).plusMillis(1)));
        }

        @Test
        void mayNotBeAheadAtAllIfNoSkewIsAllowed() {
            OccurrenceReader reader = timeReader(Duration.ZERO);
            assertThat(read(reader, "{\"id\":1,\"at\":" + WRITTEN.toEpochMilli() + "}")
                            .isReadable())
                    .isTrue();
            assertReason("time-ahead-of-clock", read(reader, "{\"id\":1,\"at\":" + (WRITTEN.toEpochMilli() + 1) + "}"));
        }

        @Test
        void isNotConfusedByATimeFarInThePast() {
            assertThat(at(Instant.parse("0001-01-01T00:00:00Z")).isReadable()).isTrue();
        }

        @Test
        void isMeasuredByOurClockIfKafkaHasNoTimestamp() {
            // The clock of the machine: only bounds that no clock of today misses are asserted.
            assertThat(unstamped("2020-01-01T00:00:00Z").isReadable()).isTrue();
            assertReason("time-ahead-of-clock", unstamped("9000-01-01T00:00:00Z"));
        }

        private Occurrence at(Instant instant) {
            return read(timeReader(skew), "{\"id\":1,\"at\":\"" + instant + "\"}");
        }

        private Occurrence unstamped(String instant) {
            return timeReader(skew)
                    .read(new KafkaRecord(
                            "payments",
                            0,
                            0,
                            KafkaRecord.NO_TIMESTAMP,
                            null,
                            ("{\"id\":1,\"at\":\"" + instant + "\"}").getBytes(UTF_8),
                            new RecordHeaders()));
        }
    }

    @Nested
    class TheVersion {
        @ParameterizedTest
        @CsvSource({
            "1, 1",
            "-5, -5",
            "1.0, 1",
            "1e3, 1000",
            "9223372036854775807, 9223372036854775807",
            "-9223372036854775808, -9223372036854775808"
        })
        void isAnInteger(String given, long expected) {
            assertThat(version(given).version()).isEqualTo(Version.of(expected));
        }

        @ParameterizedTest
        @CsvSource({
            "2026-01-01T00:00:00Z, 2026-01-01T00:00:00Z",
            "2026-01-01T01:00:00+01:00, 2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.000000001Z, 2026-01-01T00:00:00.000000001Z",
            "+999999999-12-31T23:59:59.999999999-18:00, +1000000000-01-01T17:59:59.999999999Z"
        })
        void isAnInstantToTheNanosecond(String given, Instant expected) {
            assertThat(version("\"" + given + "\"").version()).isEqualTo(Version.of(expected));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"9223372036854775808", "1e19", "0.5", "true", "\"\"", "\"1\"", "\"v1\"", "\"2026-01-01\""})
        void isOfTheWrongTypeIfItIsNeither(String given) {
            assertFault(
                    "field-wrong-type",
                    "/version is neither an integer of 64 bits nor an ISO-8601 instant",
                    version(given));
        }

        @Test
        void isMissing() {
            assertFault("version-missing", "/version is missing or null", read(versionReader(), "{\"id\":1}"));
            assertFault("version-missing", "/version is missing or null", version("null"));
        }

        @Test
        void isNotLookedForWhereTheFirstIsKept() {
            assertThat(read(readerOf("/id"), "{\"id\":1,\"version\":{}}").version())
                    .isNull();
        }

        private Occurrence version(String given) {
            return read(versionReader(), "{\"id\":1,\"version\":" + given + "}");
        }
    }

    @Nested
    class TheValuesOfTheId {
        @Test
        void areThoseOfItsFieldsWithoutTimeAndVersion() {
            OccurrenceReader reader = new OccurrenceReader(new EventFields(List.of("/a", "/b"), null, "/version"));
            KafkaRecord record = record("{\"version\":3,\"b\":1.0,\"a\":\"x\"}".getBytes(UTF_8));
            assertThat(reader.idValues(record)).containsExactly("x", 1L);
        }
    }

    @Nested
    class TwoHundredThousandIds {
        @Test
        void doNotCollide() {
            OccurrenceReader reader = readerOf("/id");
            List<Id> ids = new ArrayList<>();
            for (int i = 0; i < 100_000; i++) {
                ids.add(reader.read(record(("{\"id\":" + i + "}").getBytes(ISO_8859_1)))
                        .id());
                ids.add(reader.read(record(("{\"id\":\"" + i + "\"}").getBytes(ISO_8859_1)))
                        .id());
            }
            assertThat(new HashSet<>(ids)).hasSameSizeAs(ids);
        }
    }
}
