package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.json;
import static dev.flinkcookbook.changedatacapture.Log.key;
import static dev.flinkcookbook.changedatacapture.Log.text;
import static dev.flinkcookbook.changedatacapture.Log.topic;
import static dev.flinkcookbook.changedatacapture.Log.utf8;
import static dev.flinkcookbook.changedatacapture.Table.CUSTOMERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDER_LINES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeReaderTest {

    private static final String SOURCE =
            "{'sequence':'[\\\"22166976\\\",\\\"22167280\\\"]','ts_ms':1795391837290,'txId':746,'lsn':22167280}";

    private static final String TRANSACTION = "{'id':'746:22167280','total_order':2,'data_collection_order':1}";

    private static final String GOOD = "{'before':null,'after':{'id':10,'customer_id':1},'source':" + SOURCE
            + ",'transaction':" + TRANSACTION + ",'op':'u'}";

    private static KafkaRecord order(String key, String value) {
        return order(key == null ? null : utf8(json(key)), utf8(json(value)));
    }

    private static KafkaRecord order(byte[] key, byte[] value) {
        return new KafkaRecord(topic(ORDERS), 0, 0, 0, key, value, new RecordHeaders());
    }

    /** An update with this row. */
    private static KafkaRecord withRow(String row) {
        return order("{'id':10}", GOOD.replace("{'id':10,'customer_id':1}", row));
    }

    private static KafkaRecord withSource(String source) {
        return order("{'id':10}", GOOD.replace(SOURCE, source));
    }

    /** The table, what has happened, the key, its value, the row, what it refers to, where, and in which transaction. */
    private static String line(Change change) {
        return "%s %s %s %s %s %s %s %d"
                .formatted(
                        change.table(),
                        change.operation(),
                        text(change.key()),
                        change.id(),
                        text(change.after()),
                        change.refers(),
                        change.position(),
                        change.transaction());
    }

    private static String read(KafkaRecord record) {
        return line(Log.change(record));
    }

    /** The reason and the message. */
    private static String refused(KafkaRecord record) {
        try {
            return "read: " + line(Log.READER.read(record));
        } catch (UnreadableChangeException e) {
            return e.reason() + ": " + e.getMessage();
        }
    }

    @Nested
    class EachOperation {
        static Stream<Log> logs() {
            return Stream.of(new Log(), Log.withSchemas());
        }

        @ParameterizedTest
        @MethodSource("logs")
        void isReadWithSchemasAndWithout(Log log) {
            List<Change> snapshot = log.snapshot()
                    .read(CUSTOMERS, 1, "'name':'Ada'")
                    .read(CUSTOMERS, 2, "'name':'Bob'")
                    .read(ORDERS, 10, "'customer_id':1")
                    .changes();
            log.insert(CUSTOMERS, 3, "'name':'Eve'");
            Log.Told told = log.begin()
                    .insert(ORDER_LINES, 100, "'order_id':10,'price':'5.50'")
                    .update(ORDERS, 10, "'customer_id':null")
                    .delete(CUSTOMERS, 1)
                    .changeKey(ORDERS, 10, 11, "'customer_id':2")
                    .truncate(ORDER_LINES, ORDERS)
                    .commit();

            assertThat(Stream.concat(snapshot.stream(), told.changes().stream()).map(EnvelopeReaderTest::line))
                    .containsExactly(
                            json("customers read {'id':1} 1 {'id':1,'name':'Ada'} null 1000/0/0 0"),
                            json("customers read_last {'id':2} 2 {'id':2,'name':'Bob'} null 1000/0/0 0"),
                            json("orders read_last {'id':10} 10 {'id':10,'customer_id':1} 1 1000/0/0 0"),
                            json(
                                    "order_lines insert {'id':100} 100 {'id':100,'order_id':10,'price':'5.50'} 10 1020/1020/1 703"),
                            json("orders update {'id':10} 10 {'id':10,'customer_id':null} null 1020/1030/2 703"),
                            json("customers delete {'id':1} 1 null null 1020/1040/3 703"),
                            json("orders delete {'id':10} 10 null null 1020/1050/4 703"),
                            json("orders insert {'id':11} 11 {'id':11,'customer_id':2} 2 1020/1050/5 703"),
                            "order_lines truncate   null null 1020/1060/6 703",
                            "orders truncate   null null 1020/1060/7 703");
            assertThat(told.changes())
                    .extracting(Change::before, Change::referred, Change::committedAt, Change::parts, Change::part)
                    .containsOnly(org.assertj.core.groups.Tuple.tuple(null, null, 1767261602000L, 1, 0));
        }

        @Test
        void isKnownToBeOfTheFirstTransactionAfterASnapshot() {
            Log log = new Log();
            log.snapshot();

            assertThat(log.delete(ORDERS, 10).change().position()).isEqualTo(new Position(Position.UNKNOWN, 1000, 1));
        }

        @Test
        void needsNoTransactionBlock() {
            assertThat(read(order("{'id':10}", GOOD.replace(TRANSACTION, "null"))))
                    .isEqualTo(json("orders update {'id':10} 10 {'id':10,'customer_id':1} 1 22166976/22167280/0 746"));
        }
    }

    @Nested
    class ARow {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{}",
                    "{'id':10,'customer_id':1,'new':[1,{'customer_id':2},null],'other':{'deep':{'er':true}}}",
                    "{ 'id' : 10 ,\n\t'customer_id':1 }",
                    "{'op':'d','after':{'id':11},'source':{'lsn':1},'payload':{'op':'c'},'transaction':{'total_order':9},'customer_id':1}",
                    "{'customer_id':1,'name':'ü \\u00fc \\\" \\\\ \\n 😀 \\ud83d\\ude00','':''}",
                    "{'customer_id':1,'n':123456789012345678901234567890.1234567890,'e':1.0E10,'z':5.50,'huge':1e99999999999}",
                })
        void isCarriedOnByteForByte(String row) {
            assertThat(text(Log.change(withRow(row)).after())).isEqualTo(json(row));
        }

        @Test
        void mayBeDeep() {
            String deep = "{'customer_id':1,'a':" + "[".repeat(900) + "]".repeat(900) + "}";

            assertThat(text(Log.change(withRow(deep)).after())).isEqualTo(json(deep));
            assertThat(refused(withRow(deep.replace("[", "[[").replace("]", "]]"))))
                    .startsWith("json-beyond-limits: Document nesting depth (1001) exceeds the maximum allowed");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '"',
                value = {
                    "{'id':10,'customer_id':1} | 1",
                    "{'customer_id':'a b','id':10} | a b",
                    "{'customer\\u005fid':7} | 7",
                    "{'customer_id':123456789012345678901234567890} | 123456789012345678901234567890",
                    "{'x':{'customer_id':2},'customer_id':1} | 1",
                })
        void refersToAnother(String row, String refers) {
            assertThat(Log.change(withRow(row)).refers()).isEqualTo(refers);
        }

        @ParameterizedTest
        @ValueSource(strings = {"{'id':10}", "{'id':10,'customer_id':{'id':1}}", "{'x':{'customer_id':2}}"})
        void mayHaveLostTheColumnThatRefers(String row) {
            assertThat(Log.change(withRow(row)).refers()).isNull();
        }
    }

    @Nested
    class AKey {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '"',
                value = {
                    "{'id':10} | {'id':10} | 10",
                    "{'id':'a-1'} | {'id':'a-1'} | a-1",
                    "{'id':'\\u00fc \\\"'} | {'id':'\\u00fc \\\"'} | ü \"",
                    "{'order_id':10,'line':2} | {'order_id':10,'line':2} | {'order_id':10,'line':2}",
                    "{'id':123456789012345678901234567890} | {'id':123456789012345678901234567890} | 123456789012345678901234567890",
                    "{'payload':7} | {'payload':7} | 7",
                    "{'schema':{'fields':[{'field':'id'}]},'payload':{'id':10}} | {'id':10} | 10",
                    "{'payload':{'id':10},'schema':null} | {'id':10} | 10",
                })
        void isReadInEveryForm(String key, String json, String id) {
            Change change = Log.change(order(key, GOOD));

            assertThat(text(change.key())).isEqualTo(json(json));
            assertThat(change.id()).isEqualTo(json(id));
            assertThat(EnvelopeReader.id(text(change.key()))).isEqualTo(change.id());
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '"',
                nullValues = "none",
                value = {
                    "none | no-key: a change of a row has the row's key as its own",
                    "10 | no-key: the key is no object",
                    "[10] | no-key: the key is no object",
                    "'id' | no-key: the key is no object",
                    "{} | no-key: the key has no column",
                    "{'payload':{}} | no-key: the key has no column",
                    "{'id':10} {'id':11} | not-json: more follows after the end of the key",
                    "{'id':10 | not-json: Unexpected end-of-input: expected close marker for Object",
                })
        void thatIsNoneIsRefused(String key, String message) {
            assertThat(refused(order(key, GOOD))).startsWith(message);
        }

        @Test
        void ofOtherEncodingsIsRefused() {
            assertThat(refused(order(key(10).getBytes(StandardCharsets.UTF_16BE), utf8(json(GOOD)))))
                    .isEqualTo("not-json: the key is not UTF-8");
        }
    }

    @Nested
    class BadInput {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '"',
                value = {
                    "no json | not-json: Unrecognized token 'no'",
                    "[] | not-an-envelope: the value is no object",
                    "null | not-an-envelope: the value is no object",
                    "7 | not-an-envelope: the value is no object",
                    "'text' | not-an-envelope: the value is no object",
                    "{} | not-an-envelope: there is no op",
                    "{'payload':null} | not-an-envelope: there is no op",
                    "{'payload':{}} | not-an-envelope: there is no op",
                    "{'id':10,'customer_id':1} | not-an-envelope: there is no op",
                    "{'op':7} | not-an-envelope: there is no op",
                    "{'op':{'op':'c'}} | not-an-envelope: op is no such thing",
                    "{'op':'c','after':[]} | not-an-envelope: after is no such thing",
                    "{'op':'c','source':[]} | not-an-envelope: source is no such thing",
                    "{'op':'x'} | unknown-op: op is 'x'",
                    "{'op':''} | unknown-op: op is ''",
                    "{'op':'a very long operation'} | unknown-op: op is 'a very long operatio…'",
                    "{'op':'c'} | no-source: there is no source block",
                    "{'op':'c','source':null} | no-source: there is no source block",
                    "{'op':'c','source':'x'} | no-source: there is no source block",
                    "{'op':'c','source':{}} | no-position: source.lsn is missing or no LSN",
                    "{'op':'r','source':{'txId':1}} | no-position: source.lsn is missing or no LSN",
                    "{'op':'c','source':{'lsn':1}} | no-position: source.txId is missing or no transaction's id",
                    "{'op':'c','source':{'lsn':1,'txId':1}} | incomplete: there is no row after the change",
                    "{'op':'c','source':{'lsn':1,'txId':1},'after':null} | incomplete: there is no row after the change",
                    "{'op':'c','source':{'lsn':1,'txId':1},'after':'x'} | incomplete: there is no row after the change",
                })
        void isRefusedWithAReason(String value, String message) {
            assertThat(refused(order("{'id':10}", value))).startsWith(message);
        }

        @ParameterizedTest
        @ValueSource(strings = {"0", "-1", "1.5", "1e3", "'1'", "null", "true", "{}", "[1]", "9223372036854775808"})
        void isAnLsnThatIsNone(String lsn) {
            assertThat(refused(withSource(SOURCE.replace("'lsn':22167280", "'lsn':" + lsn))))
                    .isEqualTo("no-position: source.lsn is missing or no LSN");
            assertThat(refused(withSource(SOURCE.replace("'txId':746", "'txId':" + lsn))))
                    .isEqualTo("no-position: source.txId is missing or no transaction's id");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "x",
                    "[]",
                    "[null]",
                    "[null,22167280]",
                    "[\\\"-1\\\",\\\"1\\\"]",
                    "[\\\"a\\\",\\\"1\\\"]",
                    "{}"
                })
        void isASequenceThatIsNone(String sequence) {
            assertThat(refused(withSource("{'sequence':'" + sequence + "','txId':746,'lsn':22167280}")))
                    .isEqualTo("no-position: source.sequence is not as a Postgres connector writes it");
        }

        @Test
        void isASequenceBeyondAllLsns() {
            assertThat(refused(withSource(SOURCE.replace("22166976", "9999999999999999999"))))
                    .isEqualTo("no-position: source.sequence has no LSN");
        }

        @Test
        void isWhatFollowsAfterTheEnd() {
            assertThat(refused(order("{'id':10}", GOOD + GOOD)))
                    .isEqualTo("not-json: more follows after the end of the value");
            assertThat(refused(order("{'id':10}", GOOD + " x"))).startsWith("not-json: Unrecognized token 'x'");
        }

        @ParameterizedTest
        @ValueSource(strings = {"UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32BE", "UTF-32LE"})
        void isAnotherEncoding(String charset) {
            assertThat(refused(order(utf8(key(10)), json(GOOD).getBytes(Charset.forName(charset)))))
                    .isEqualTo("not-json: the value is not UTF-8");
        }

        @Test
        void isNotAByteOrderMark() {
            byte[] value = utf8("\ufeff" + json(GOOD));
            byte[] key = utf8("\ufeff" + key(10));

            assertThat(read(order(key, value)))
                    .isEqualTo(json("orders update {'id':10} 10 {'id':10,'customer_id':1} 1 22166976/22167280/2 746"));
        }

        @Test
        void isWhatIsNoUtf8() {
            byte[] value = utf8(json(GOOD));
            value[text(value).indexOf("customer")] = (byte) 0xff;

            assertThat(refused(order(utf8(key(10)), value))).startsWith("not-json: Invalid UTF-8");
        }
    }

    @Nested
    class WhateverHappensToARecord {
        private List<KafkaRecord> good(Log log) {
            log.update(CUSTOMERS, 1, "'name':'Ada'");
            return Stream.concat(
                            log
                                    .begin()
                                    .insert(
                                            ORDERS,
                                            10,
                                            "'customer_id':1,'note':'ü 😀 \\u00fc','total':5.50,'deep':{'a':[1,{}]}")
                                    .delete(ORDERS, 10)
                                    .truncate(ORDERS)
                                    .commit()
                                    .records()
                                    .stream(),
                            log.snapshot().read(ORDERS, 10, "'customer_id':1").records().stream())
                    .filter(record -> record.value() != null)
                    .toList();
        }

        private KafkaRecord with(KafkaRecord record, byte[] key, byte[] value) {
            return new KafkaRecord(record.topic(), 0, 0, 0, key, value, record.headers());
        }

        @Test
        void whatIsCutOffAnywhereIsRefused() {
            for (KafkaRecord record : good(new Log())) {
                for (int length = 0; length < record.value().length; length++) {
                    byte[] value = Arrays.copyOf(record.value(), length);
                    assertThat(refused(with(record, record.key(), value)))
                            .as(text(value))
                            .startsWith("not-");
                }
                for (int length = 0; record.key() != null && length < record.key().length; length++) {
                    byte[] key = Arrays.copyOf(record.key(), length);
                    assertThat(refused(with(record, key, record.value())))
                            .as(text(key))
                            .startsWith("no");
                }
            }
        }

        @Test
        void itIsReadOrRefusedAndNothingElse() {
            Random random = new Random(1);
            List<KafkaRecord> records = Stream.of(new Log(), Log.withSchemas())
                    .flatMap(log -> good(log).stream())
                    .toList();
            int read = 0;
            for (int i = 0; i < 10_000; i++) {
                KafkaRecord record = records.get(random.nextInt(records.size()));
                boolean ofTheKey = record.key() != null && random.nextInt(5) == 0;
                byte[] key = ofTheKey ? mutated(record.key(), random) : record.key();
                byte[] value = ofTheKey ? record.value() : mutated(record.value(), random);
                if (refused(with(record, key, value)).startsWith("read: ")) {
                    read++;
                }
            }
            assertThat(read).as("changes that were still read").isBetween(1_000, 9_000);
        }

        private byte[] mutated(byte[] document, Random random) {
            byte[] mutated = document.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                int at = random.nextInt(mutated.length);
                switch (random.nextInt(4)) {
                    case 0 -> mutated[at] = (byte) random.nextInt(256);
                    case 1 -> mutated[at] = (byte) "{}[]\",:\\019-e.ntf".charAt(random.nextInt(17));
                    case 2 -> {
                        int length = Math.min(mutated.length - at, random.nextInt(20));
                        System.arraycopy(mutated, random.nextInt(mutated.length - length + 1), mutated, at, length);
                    }
                    default -> {
                        byte[] shorter = new byte[mutated.length];
                        Arrays.fill(shorter, (byte) ' ');
                        int gap = Math.min(mutated.length - at, random.nextInt(20));
                        System.arraycopy(mutated, 0, shorter, 0, at);
                        System.arraycopy(mutated, at + gap, shorter, at, mutated.length - at - gap);
                        mutated = shorter;
                    }
                }
            }
            return mutated;
        }
    }
}
