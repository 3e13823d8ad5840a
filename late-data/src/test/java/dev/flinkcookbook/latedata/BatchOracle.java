package dev.flinkcookbook.latedata;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Says from the topics alone whether the results are those of a batch computation over all readings, and whether each reading is
 * accounted for. Shares nothing with the jobs but the length of a window and the allowed clock skew.
 */
final class BatchOracle {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final BigDecimal HOTTEST = BigDecimal.TEN.pow(9);

    private record Place(int partition, long offset) {}

    private record Published(
            long count, BigDecimal min, BigDecimal max, BigDecimal sum, BigDecimal mean, long revision) {}

    /** What is known of a sensor and a window. */
    private static final class Window {
        private final List<BigDecimal> readings = new ArrayList<>();
        private Published byWindowJob;
        private Published newest;
        private long late;

        long missing() {
            return readings.size() - (newest == null ? 0 : newest.count());
        }

        boolean isWrong() {
            if (newest == null || missing() != 0) {
                return false; // counted elsewhere
            }
            BigDecimal sum = readings.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
            BigDecimal mean = sum.divide(BigDecimal.valueOf(readings.size()), 6, RoundingMode.HALF_EVEN);
            return sum.compareTo(newest.sum()) != 0
                    || mean.compareTo(newest.mean()) != 0
                    || readings.stream()
                                    .min(BigDecimal::compareTo)
                                    .orElseThrow()
                                    .compareTo(newest.min())
                            != 0
                    || readings.stream()
                                    .max(BigDecimal::compareTo)
                                    .orElseThrow()
                                    .compareTo(newest.max())
                            != 0;
        }
    }

    /**
     * @param expected readings that there are
     * @param delivered readings that the newest results count
     * @param lost readings that their window's newest result does not count, and dead letters that are absent
     * @param duplicated readings that it counts too often, and surplus dead letters and late records
     * @param wrong windows whose newest result counts the right number of readings and has another value wrong
     * @param reopened results of the window job that do not have the revision after the one before: a window that was forgotten
     *     was opened again
     * @param counted readings that the newest results of the window job count
     * @param unaccounted readings that are neither among those nor in the late topic: while the job runs, they are pending
     * @param windows with at least one result
     * @param fired results that were a window's first
     * @param refined further results of the window job
     * @param late records in the late topic
     * @param corrected corrections
     * @param deadLetters dead letters that there are
     */
    record Result(
            long expected,
            long delivered,
            long lost,
            long duplicated,
            long wrong,
            long reopened,
            long counted,
            long unaccounted,
            long windows,
            long fired,
            long refined,
            long late,
            long corrected,
            long deadLetters) {

        boolean isThatOfABatch() {
            return expected > 0 && lost == 0 && duplicated == 0 && wrong == 0 && reopened == 0 && unaccounted == 0;
        }
    }

    private final long windowMillis;
    private final Duration maxClockSkew;

    private final Map<String, Window> windows = new HashMap<>();
    private final Map<Integer, Place> lastInputs = new HashMap<>();
    private final Set<Place> unreadable = new HashSet<>();
    private final Set<Place> deadLetters = new HashSet<>();
    private final Set<Place> late = new HashSet<>();
    private long readings;
    private long surplus;
    private long reopened;
    private long fired;
    private long refined;
    private long corrected;

    BatchOracle(Duration window, Duration maxClockSkew) {
        this.windowMillis = window.toMillis();
        this.maxClockSkew = maxClockSkew;
    }

    void input(ConsumerRecord<byte[], byte[]> record) {
        Optional<JsonNode> reading = parse(record.value()).filter(json -> isReading(json, record.timestamp()));
        Place place = new Place(record.partition(), record.offset());
        lastInputs.put(record.partition(), place);
        if (reading.isEmpty()) {
            unreadable.add(place);
            return;
        }
        readings++;
        JsonNode json = reading.get();
        long at = Instant.parse(json.get("at").asText()).toEpochMilli();
        String from = Instant.ofEpochMilli(at - Math.floorMod(at, windowMillis)).toString();
        window(json.get("sensor").asText(), from)
                .readings
                .add(json.get("celsius").decimalValue());
    }

    private Window window(String sensor, String from) {
        return windows.computeIfAbsent(from + " " + sensor, unused -> new Window());
    }

    /** A record of the topic of results, in the order of its partition. */
    void output(ConsumerRecord<byte[], byte[]> record) {
        JsonNode json = parse(record.value()).orElseThrow();
        Published result = new Published(
                json.get("count").asLong(),
                json.get("min").decimalValue(),
                json.get("max").decimalValue(),
                new BigDecimal(json.get("sum").asText()),
                json.get("mean").decimalValue(),
                json.get("revision").asLong());
        Window window = window(json.get("sensor").asText(), json.get("from").asText());
        window.newest = result;
        if (json.get("origin").asText().equals("correction")) {
            corrected++;
            return;
        }
        long before = window.byWindowJob == null ? 0 : window.byWindowJob.revision();
        window.byWindowJob = result;
        reopened += result.revision() == before + 1 ? 0 : 1;
        fired += result.revision() == 1 ? 1 : 0;
        refined += result.revision() == 1 ? 0 : 1;
    }

    void late(ConsumerRecord<byte[], byte[]> record) {
        surplus += late.add(place(record, "late.")) ? 0 : 1;
        String sensor = parse(record.value()).orElseThrow().get("sensor").asText();
        window(sensor, header(record, "late.window-start")).late++;
    }

    void deadLetter(ConsumerRecord<byte[], byte[]> record) {
        surplus += deadLetters.add(place(record, "dead-letter.")) ? 0 : 1;
    }

    /** Whether the last record of each partition has become a dead letter, so that all before it was read. */
    boolean hasTheLastDeadLetters() {
        return !lastInputs.isEmpty() && deadLetters.containsAll(lastInputs.values());
    }

    Result result() {
        long lost = unreadable.stream()
                .filter(place -> !deadLetters.contains(place))
                .count();
        long duplicated = surplus
                + deadLetters.stream()
                        .filter(place -> !unreadable.contains(place))
                        .count();
        long delivered = 0;
        long wrong = 0;
        long counted = 0;
        long unaccounted = 0;
        long published = 0;
        for (Window window : windows.values()) {
            lost += Math.max(0, window.missing());
            duplicated += Math.max(0, -window.missing());
            wrong += window.isWrong() ? 1 : 0;
            published += window.newest == null ? 0 : 1;
            delivered += window.newest == null ? 0 : window.newest.count();
            long byWindowJob = window.byWindowJob == null ? 0 : window.byWindowJob.count();
            counted += byWindowJob;
            unaccounted += Math.abs(window.readings.size() - byWindowJob - window.late);
        }
        return new Result(
                readings,
                delivered,
                lost,
                duplicated,
                wrong,
                reopened,
                counted,
                unaccounted,
                published,
                fired,
                refined,
                late.size(),
                corrected,
                deadLetters.size());
    }

    private boolean isReading(JsonNode json, long kafkaTimestamp) {
        if (!json.path("sensor").isTextual()
                || json.get("sensor").asText().isBlank()
                || !json.path("at").isTextual()
                || !json.path("celsius").isNumber()
                || json.get("celsius").decimalValue().abs().compareTo(HOTTEST) >= 0) {
            return false;
        }
        try {
            Instant latest = Instant.ofEpochMilli(kafkaTimestamp).plus(maxClockSkew);
            return !Instant.parse(json.get("at").asText()).isAfter(latest);
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static Optional<JsonNode> parse(byte[] value) {
        try {
            return value == null ? Optional.empty() : Optional.ofNullable(JSON.readTree(value));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Place place(ConsumerRecord<byte[], byte[]> record, String prefix) {
        return new Place(
                Integer.parseInt(header(record, prefix + "partition")),
                Long.parseLong(header(record, prefix + "offset")));
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
