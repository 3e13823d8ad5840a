package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.KafkaRecord;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** The vocabulary of the tests: {@code transfer("t-1").from("a").to("b").amount("1.50").on(partition)}. */
final class Transfers {

    static final String TOPIC = "transfers";

    static final Instant AT = Instant.parse("2026-01-01T10:00:00Z");

    private Transfers() {}

    /** Of 1.00 from account a to account b, on partition 0. */
    static Sent transfer(String id) {
        return new Sent(id, "a", "b", "1.00", 0);
    }

    /** So many between ten accounts, on two partitions, so that every subtask has work. */
    static Sent[] transfers(int from, int to) {
        return transfers(
                from,
                to,
                i -> transfer("t-" + i)
                        .from("a-" + i % 10)
                        .to("a-" + (i + 1) % 10)
                        .amount((i + 1) + ".50")
                        .on(i % 2));
    }

    /** So many, on two partitions, that end as dead letters. */
    static Sent[] unbookable(int from, int to) {
        return transfers(from, to, i -> transfer("x-" + i).amount("0.00").on(i % 2));
    }

    private static Sent[] transfers(int from, int to, IntFunction<Sent> transfer) {
        return IntStream.range(from, to).mapToObj(transfer).toArray(Sent[]::new);
    }

    /** An entry of the ledger as the topic has it. */
    static String entry(String transferId, String account, String delta, String balance, long sequence) {
        return "{\"transferId\":\"%s\",\"account\":\"%s\",\"delta\":\"%s\",\"balance\":\"%s\",\"sequence\":%d}"
                .formatted(transferId, account, delta, balance, sequence);
    }

    static LedgerEntry ledgerEntry(String transferId, String account, String delta, String balance, long sequence) {
        return new LedgerEntry(transferId, account, new BigDecimal(delta), new BigDecimal(balance), sequence);
    }

    /** A transfer as an application sends it. */
    record Sent(String id, String from, String to, String amount, int partition) {

        Sent from(String account) {
            return new Sent(id, account, to, amount, partition);
        }

        Sent to(String account) {
            return new Sent(id, from, account, amount, partition);
        }

        Sent amount(String amount) {
            return new Sent(id, from, to, amount, partition);
        }

        Sent on(int partition) {
            return new Sent(id, from, to, amount, partition);
        }

        String json() {
            return "{\"transferId\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"amount\":\"%s\",\"at\":\"%s\"}"
                    .formatted(id, from, to, amount, AT);
        }

        /** As the job reads it. */
        KafkaRecord at(long offset) {
            return recordOf(partition, offset, utf8(json()));
        }

        /** As the application writes it. */
        ProducerRecord<byte[], byte[]> in(String topic) {
            return new ProducerRecord<>(topic, partition, AT.toEpochMilli(), null, utf8(json()));
        }
    }

    static KafkaRecord recordOf(int partition, long offset, byte[] value) {
        return new KafkaRecord(TOPIC, partition, offset, AT.toEpochMilli(), null, value, new RecordHeaders());
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
