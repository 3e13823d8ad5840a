package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.json;
import static dev.flinkcookbook.changedatacapture.Log.text;
import static dev.flinkcookbook.changedatacapture.Log.utf8;
import static dev.flinkcookbook.changedatacapture.Table.CUSTOMERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDER_LINES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadTransactionEndsTest {

    private OneInputStreamOperatorTestHarness<KafkaRecord, TransactionEnd> harness;

    @BeforeEach
    void start() throws Exception {
        harness = new OneInputStreamOperatorTestHarness<>(
                new ProcessOperator<>(new ReadTransactionEnds(Log.COLLECTIONS)));
        harness.open();
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
    }

    private void come(KafkaRecord... records) throws Exception {
        for (KafkaRecord record : records) {
            harness.processElement(new StreamRecord<>(record));
        }
    }

    private static KafkaRecord record(byte[] value) {
        return new KafkaRecord(Log.TRANSACTION_TOPIC, 0, 0, 0, null, value, new RecordHeaders());
    }

    private List<String> refused() {
        var side = harness.getSideOutput(SplitOutDeadLetters.DEAD_LETTERS);
        return side == null
                ? List.of()
                : side.stream()
                        .map(StreamRecord::getValue)
                        .map(letter -> header(letter, "reason") + ": " + header(letter, "message"))
                        .toList();
    }

    private static String header(KafkaRecord letter, String name) {
        return text(letter.headers().lastHeader("dead-letter." + name).value());
    }

    @Nested
    class AnEnd {
        private List<Log.Told> told(Log log) {
            return List.of(
                    log.begin()
                            .insert(ORDERS, 10, "'customer_id':1")
                            .insert(ORDER_LINES, 100, "'order_id':10")
                            .insert(ORDER_LINES, 101, "'order_id':10")
                            .elsewhere()
                            .commit(),
                    log.begin().elsewhere().commit(),
                    log.truncate(CUSTOMERS));
        }

        @Test
        void countsTheChangesOfTheTablesThatAreRead() throws Exception {
            for (Log log : List.of(new Log(), Log.withSchemas())) {
                for (Log.Told told : told(log)) {
                    come(told.begin(), told.end());
                }
            }

            assertThat(harness.extractOutputValues())
                    .containsExactly(
                            new TransactionEnd(701, 1050, 3),
                            new TransactionEnd(702, 1070, 0),
                            new TransactionEnd(703, 1090, 1),
                            new TransactionEnd(701, 1050, 3),
                            new TransactionEnd(702, 1070, 0),
                            new TransactionEnd(703, 1090, 1));
            assertThat(refused()).isEmpty();
        }

        @Test
        void mayHaveNoCollectionsAndMoreThanThat() throws Exception {
            come(record(utf8(
                    json("{'status':'END','id':'7:9','event_count':0,'data_collections':null,'new':{'status':'x'}}"))));

            assertThat(harness.extractOutputValues()).containsExactly(new TransactionEnd(7, 9, 0));
        }

        @Test
        void isNotATombstone() throws Exception {
            come(record(null));

            assertThat(harness.extractOutputValues()).isEmpty();
            assertThat(refused()).isEmpty();
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
                    "{'status':'END','id':'7:9' | not-json: Unexpected end-of-input",
                    "{'status':'BEGIN'} x | not-json: Unrecognized token 'x'",
                    "null | not-a-transaction: status is neither BEGIN nor END",
                    "[] | not-a-transaction: status is neither BEGIN nor END",
                    "{} | not-a-transaction: status is neither BEGIN nor END",
                    "{'status':'end'} | not-a-transaction: status is neither BEGIN nor END",
                    "{'payload':{}} | not-a-transaction: status is neither BEGIN nor END",
                    "{'status':'END'} | not-a-transaction: id is not the transaction's and the LSN of its end",
                    "{'status':'END','id':746} | not-a-transaction: id is not the transaction's and the LSN of its end",
                    "{'status':'END','id':'746'} | not-a-transaction: id is not the transaction's and the LSN of its end",
                    "{'status':'END','id':'746:'} | not-a-transaction: id is not the transaction's and the LSN of its end",
                    "{'status':'END','id':'746:1:2'} | not-a-transaction: id is not the transaction's and the LSN of its end",
                    "{'status':'END','id':'a:b'} | not-a-transaction: id is not the transaction's and the LSN of its end",
                    "{'status':'END','id':'-1:5'} | not-a-transaction: id is not the transaction's and the LSN of its end",
                    "{'status':'END','id':'0:5'} | not-a-transaction: id is not the transaction's and the LSN of its end",
                    "{'status':'END','id':'5:0'} | not-a-transaction: id is not the transaction's and the LSN of its end",
                    "{'status':'END','id':'5:9223372036854775807'} | not-a-transaction: id is not the transaction's and the LSN of its end",
                    "{'status':'END','id':'5:9223372036854775808'} | not-a-transaction: id is not the transaction's and the LSN of its end",
                })
        void isRefusedWithAReason(String value, String message) throws Exception {
            come(record(utf8(json(value))));

            assertThat(harness.extractOutputValues()).isEmpty();
            assertThat(refused()).singleElement().asString().startsWith(message);
        }

        @Test
        void neverEndsTheJob() throws Exception {
            Random random = new Random(1);
            byte[] good = new Log().insert(ORDERS, 10, "'customer_id':1").end().value();
            for (int length = 0; length < good.length; length++) {
                come(record(Arrays.copyOf(good, length)));
            }
            assertThat(refused()).hasSize(good.length);
            for (int i = 0; i < 10_000; i++) {
                byte[] mutated = good.clone();
                for (int n = random.nextInt(3); n >= 0; n--) {
                    mutated[random.nextInt(mutated.length)] = (byte)
                            (random.nextBoolean()
                                    ? random.nextInt(256)
                                    : "{}[]\",:\\019-e.".charAt(random.nextInt(14)));
                }
                come(record(mutated));
            }

            assertThat(harness.extractOutputValues())
                    .as("ends that were still read")
                    .isNotEmpty();
            assertThat(refused()).as("all else").hasSizeGreaterThan(good.length + 1_000);
        }
    }
}
