package dev.flinkcookbook.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.TopicFollower;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Looks at a window job while readings arrive: which results come when, and how large its checkpoints are. */
final class BoundObserver {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration BETWEEN_SIZES = Duration.ofMillis(500);

    private final Duration bound;
    private final LateLoad load;
    private final long fromMillis;
    private final long toMillis;
    private final Histogram visible = new Histogram(3);
    private final List<Double> sizes = new ArrayList<>();
    private long counted;

    /** Of the windows that start and end in this time. */
    BoundObserver(Duration bound, LateLoad load, long fromMillis, long toMillis) {
        this.bound = bound;
        this.load = load;
        this.fromMillis = fromMillis;
        this.toMillis = toMillis;
    }

    /**
     * Looks until the end of the load and some time more.
     *
     * @param folder where the job's checkpoints are, at any depth
     * @throws IllegalStateException the job has ended
     */
    BoundResult observe(String bootstrapServers, String results, Path folder, long untilMillis, BooleanSupplier isAlive)
            throws IOException {
        long nextSize = fromMillis;
        try (TopicFollower follower = new TopicFollower(bootstrapServers, results)) {
            while (System.currentTimeMillis() < untilMillis) {
                for (ConsumerRecord<byte[], byte[]> record : follower.poll(POLL)) {
                    take(JSON.readTree(record.value()), System.currentTimeMillis());
                }
                long now = System.currentTimeMillis();
                if (now >= nextSize && now < toMillis) {
                    newestCheckpoint(folder).ifPresent(bytes -> sizes.add((double) bytes));
                    nextSize = now + BETWEEN_SIZES.toMillis();
                }
                if (!isAlive.getAsBoolean()) {
                    throw new IllegalStateException("the job has ended by itself");
                }
            }
        }
        return new BoundResult(
                bound,
                load.measuredBetween(fromMillis, toMillis),
                counted,
                visible.getValueAtPercentile(50),
                visible.getValueAtPercentile(99),
                Spread.of(sizes).median());
    }

    private void take(JsonNode result, long now) {
        long from = Instant.parse(result.get("from").textValue()).toEpochMilli();
        long to = Instant.parse(result.get("to").textValue()).toEpochMilli();
        if (from >= fromMillis && to <= toMillis && result.get("revision").longValue() == 1) {
            counted += result.get("count").longValue();
            visible.recordValue(Math.max(0, now - to));
        }
    }

    /** The bytes of the newest complete checkpoint. */
    private static Optional<Long> newestCheckpoint(Path folder) throws IOException {
        List<Path> complete;
        try (Stream<Path> files = Files.walk(folder)) {
            complete = files.filter(file -> file.endsWith("_metadata")).toList();
        } catch (UncheckedIOException deletedMeanwhile) {
            return Optional.empty();
        }
        return complete.stream()
                .map(Path::getParent)
                .max(Comparator.comparingInt(BoundObserver::number))
                .flatMap(BoundObserver::size);
    }

    private static int number(Path checkpoint) {
        return Integer.parseInt(checkpoint.getFileName().toString().replaceFirst("chk-", ""));
    }

    private static Optional<Long> size(Path checkpoint) {
        try (Stream<Path> files = Files.list(checkpoint)) {
            long bytes = 0;
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
            return Optional.of(bytes);
        } catch (IOException deletedMeanwhile) {
            return Optional.empty();
        }
    }
}
