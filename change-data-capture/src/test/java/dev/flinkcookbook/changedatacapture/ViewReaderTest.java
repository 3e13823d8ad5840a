package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.ViewRecords.customer;
import static dev.flinkcookbook.changedatacapture.ViewRecords.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flinkcookbook.changedatacapture.ViewRecords.ViewRecord;
import dev.flinkcookbook.common.KafkaRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.PojoTypeInfo;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ViewReaderTest {

    private static final ViewRecord ADA = customer(1).named("Ada").at("10/20/1");

    private final ViewReader reader = new ViewReader();

    private ReadModelRow read(ViewRecord record) throws UnreadableViewException {
        return read(utf8(record.key()), utf8(record.row()), record.headers());
    }

    private ReadModelRow read(byte[] key, byte[] value, Headers headers) throws UnreadableViewException {
        return reader.read("customers", new KafkaRecord("shop.view.customers", 0, 7, 0, key, value, headers));
    }

    private void isRefused(String reason, String message, ViewRecord record) {
        isRefused(reason, message, utf8(record.key()), utf8(record.row()), record.headers());
    }

    private void isRefused(String reason, String message, byte[] key, byte[] value, Headers headers) {
        assertThatExceptionOfType(UnreadableViewException.class)
                .isThrownBy(() -> read(key, value, headers))
                .withMessage(message)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void isTheRecordsKeyValueAndPosition() throws UnreadableViewException {
        assertThat(read(ADA)).isEqualTo(new ReadModelRow("customers", "{\"id\":1}", "{\"name\":\"Ada\"}", 10, 20, 1));
    }

    @Test
    void isNullWhereTheRowIsDeleted() throws UnreadableViewException {
        assertThat(read(ADA.deleted().at("10/30/2")))
                .isEqualTo(new ReadModelRow("customers", "{\"id\":1}", null, 10, 30, 2));
    }

    @Test
    void keepsWhatItDoesNotKnow() throws UnreadableViewException {
        String row = "{\"a\": [1, {\"b\": null}], \"größe\": 1e400, \"\": \"\\ud83d\\ude00\", \"t\": true}";

        assertThat(read(ADA.is(row)).row()).isEqualTo(row);
    }

    @Test
    void travelsWithoutKryo() {
        assertThat(TypeInformation.of(ReadModelRow.class)).isInstanceOf(PojoTypeInfo.class);
    }

    @Nested
    class TheKey {
        @Test
        void isThere() {
            isRefused("bad-key", "there is no key", ADA.withKey(null));
        }

        @Test
        void hasAColumn() {
            isRefused("bad-key", "there is no column in the key", ADA.withKey("{}"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"1", "\"a\"", "[1]", "null", "true", "", " "})
        void isAnObject(String key) {
            isRefused("bad-key", "it is no JSON object", ADA.withKey(key));
        }

        @Test
        void isUtf8() {
            isRefused(
                    "bad-key",
                    "it is not UTF-8",
                    "{\"id\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1),
                    null,
                    ADA.headers());
        }

        @ParameterizedTest
        @ValueSource(strings = {"{\"id\":1}{", "{\"id\":1,\"id\":2}", "{\"id\":01}", "{id:1}", "{\"id\":NaN}"})
        void isJsonAndOneDocument(String key) {
            assertThatExceptionOfType(UnreadableViewException.class)
                    .isThrownBy(() -> read(ADA.withKey(key)))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo("bad-key"))
                    .satisfies(e -> assertThat(e.getMessage()).isNotBlank());
        }

        @Test
        void fitsIntoAnIndex() throws UnreadableViewException {
            String longest = "{\"id\":\"" + "a".repeat(1_991) + "\"}";
            assertThat(read(ADA.withKey(longest)).key()).hasSize(2_000);
            isRefused(
                    "bad-key",
                    "no index holds it: at most 2000 bytes and 32 values",
                    ADA.withKey(longest.replace("id", "id2")));
            isRefused(
                    "bad-key",
                    "no index holds it: at most 2000 bytes and 32 values",
                    ADA.withKey("{\"id\":[" + "1,".repeat(30) + "1]}"));
        }
    }

    @Nested
    class TheRow {
        @ParameterizedTest
        @ValueSource(strings = {"1", "\"a\"", "[{}]", "null", "", "false"})
        void isAnObjectUnlessThereIsNone(String row) {
            isRefused("bad-row", "it is no JSON object", ADA.is(row));
        }

        @Test
        void isUtf8() {
            isRefused(
                    "bad-row",
                    "it is not UTF-8",
                    utf8(ADA.key()),
                    "{\"name\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1),
                    ADA.headers());
        }

        @Test
        void isNotSoDeepThatPostgresRunsOutOfStack() {
            assertThatExceptionOfType(UnreadableViewException.class)
                    .isThrownBy(() -> read(ADA.is("{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}")))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo("bad-row"));
        }
    }

    @Nested
    class WhatPostgresRefuses {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '~',
                value = {
                    "{\"name\":\"\\u0000\"}",
                    "{\"\\u0000\":1}",
                    "{\"name\":\"\\ud83d\"}",
                    "{\"name\":\"\\ude00\\ud83d\"}",
                    "{\"a\":[{\"b\":[\"\\udfff\"]}]}",
                    "{\"n\":1e131072}",
                    "{\"n\":-1e-16384}",
                    "{\"n\":1e999999999}"
                })
        void isRefusedBeforeItIsWritten(String json) {
            String message = "Postgres takes no NUL, no half a character and no such number";
            isRefused("not-storable", message, ADA.is(json));
            isRefused("not-storable", message, ADA.withKey(json));
        }
    }

    @Nested
    class ThePosition {
        @Test
        void isThere() {
            isRefused("bad-position", "there is no header position", ADA.at(null));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "1",
                    "1/2",
                    "1/2/3/4",
                    "-1/2/3",
                    "1/ 2/3",
                    "1/2/x",
                    "1/2/3 ",
                    "null/2/3",
                    "1/2/3\n",
                    "1//3"
                })
        void isThreeNumbers(String position) {
            isRefused("bad-position", "the header position is not three numbers with / between them", ADA.at(position));
        }

        @Test
        void isNoLargerThanAnLsnCanBe() throws UnreadableViewException {
            assertThat(read(ADA.at("9223372036854775807/0/0")).commit()).isEqualTo(Long.MAX_VALUE);
            isRefused(
                    "bad-position", "a number in the header position is too large", ADA.at("0/9223372036854775808/0"));
        }
    }

    /** Whatever a byte becomes on its way: it is a row or it is refused, and no exception that would fail the job. */
    @Test
    void isNeverACrash() {
        Set<String> reasons = Set.of("bad-key", "bad-row", "bad-position", "not-storable");
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] key = mutated(ADA.key(), random);
            byte[] row = mutated("{\"n\":-1.5e3,\"t\":\"\\u00e9\",\"a\":[true,null]}", random);
            try {
                read(key, row, ADA.headers());
            } catch (UnreadableViewException e) {
                assertThat(reasons).contains(e.reason());
            }
        }
    }

    private static byte[] mutated(String text, Random random) {
        byte[] bytes = utf8(text);
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }
}
