package dev.flinkcookbook.benchmarks;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A consumer of the output: how long after its transfer was due can it see each entry? */
final class EntryReader {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int DIGITS = 3;
    private static final Pattern SEQUENCE = Pattern.compile("\"sequence\":(\\d+)");

    private final String bootstrapServers;
    private final String topic;
    private final Variant variant;
    private final PacedLoad load;
    private final EntryCount count;
    private final Map<String, byte[]> ledger = new HashMap<>();
    private final Histogram micros = new Histogram(DIGITS);

    EntryReader(String bootstrapServers, String topic, Variant variant, PacedLoad load) {
        this.bootstrapServers = bootstrapServers;
        this.topic = topic;
        this.variant = variant;
        this.load = load;
        this.count = new EntryCount(load.transfers(), variant.entriesPerTransfer());
    }

    /**
     * Reads until every entry has come.
     *
     * @return microseconds
     * @param isAlive whether more can come
     * @throws IllegalStateException if some have not come in time, or there are too many
     */
    Histogram read(Instant atTheLatest, BooleanSupplier isAlive) {
        List<TopicPartition> partitions = IntStream.range(0, WorkerTask.PARTITIONS)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "isolation.level",
                        variant.isExactlyOnce() ? "read_committed" : "read_uncommitted",
                        "enable.auto.commit",
                        false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (!count.isComplete()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    take(record);
                }
                if (Instant.now().isAfter(atTheLatest) || !isAlive.getAsBoolean()) {
                    count.requireComplete();
                }
            }
        }
        return micros;
    }

    private void take(ConsumerRecord<byte[], byte[]> entry) {
        long transfer = TransferDocument.numberOf(entry.value());
        if (variant == Variant.LEDGER_UPSERT && !isNew(entry)) {
            return;
        }
        count.add(transfer);
        if (load.isMeasured(transfer)) {
            long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
            micros.recordValue(now - load.dueMillis(transfer) * 1_000);
        }
    }

    /** What such a consumer does: of each account and sequence it keeps the newest entry. */
    private boolean isNew(ConsumerRecord<byte[], byte[]> entry) {
        String account = new String(entry.key(), StandardCharsets.UTF_8);
        Matcher sequence = SEQUENCE.matcher(new String(entry.value(), StandardCharsets.UTF_8));
        if (!sequence.find()) {
            throw new IllegalStateException("no sequence: " + new String(entry.value(), StandardCharsets.UTF_8));
        }
        return ledger.put(account + " " + sequence.group(1), entry.value()) == null;
    }
}
