package dev.flinkcookbook.deduplication;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Says from the topics alone whether the job was right. It shares nothing with the job but its flags: it reads whole JSON trees and keeps
 * every id, as nobody would in production.
 */
final class DeduplicationOracle {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /**
     * @param expected outputs that there must be
     * @param delivered outputs that there are
     * @param lost expected outputs, and dead letters, that are absent
     * @param duplicated surplus copies of either
     * @param altered outputs that are no byte-for-byte copy of any input
     * @param deadLetters dead letters that there are
     * @param tooLate those of them that came behind the watermark
     */
    record Result(
            long expected, long delivered, long lost, long duplicated, long altered, long deadLetters, long tooLate) {

        /** Nothing repeated, nothing altered, and something to look at. */
        boolean hasNothingWrong() {
            return duplicated == 0 && altered == 0 && expected > 0;
        }
    }

    private record Place(int partition, long offset) {}

    private record Arrival(Place place, long order, int fingerprint) {}

    private static final Comparator<Arrival> IN_ORDER = Comparator.comparingLong(Arrival::order)
            .thenComparingInt(arrival -> arrival.place().partition())
            .thenComparingLong(arrival -> arrival.place().offset());

    private final DeduplicationParameters parameters;
    private final boolean latest;
    private final boolean inEventTime;

    private final Map<String, List<Arrival>> inputs = new HashMap<>();
    private final Map<String, List<Arrival>> outputs = new HashMap<>();
    private final Set<Place> unreadable = new HashSet<>();
    private final Map<Place, Integer> deadLetters = new HashMap<>();
    private final Set<Place> tooLate = new HashSet<>();
    private long delivered;
    private long strange;

    DeduplicationOracle(DeduplicationParameters parameters) {
        this.parameters = parameters;
        this.latest = parameters.strategy() == DeduplicationParameters.Strategy.KEEP_LATEST;
        this.inEventTime = parameters.time() == DeduplicationParameters.Time.EVENT;
    }

    void input(ConsumerRecord<byte[], byte[]> record) {
        Place place = new Place(record.partition(), record.offset());
        Optional<JsonNode> json = parse(record.value());
        Optional<String> id = json.flatMap(this::id);
        if (id.isEmpty() || !hasOrder(json.get())) {
            unreadable.add(place);
        } else {
            inputs.computeIfAbsent(id.get(), unused -> new ArrayList<>(2))
                    .add(new Arrival(place, order(json.get()), fingerprint(record)));
        }
    }

    void output(ConsumerRecord<byte[], byte[]> record) {
        delivered++;
        Optional<JsonNode> parsed = parse(record.value()).filter(this::hasOrder);
        Optional<String> id = parsed.flatMap(this::id);
        if (id.isEmpty()) {
            strange++; // no input that may go on looks like this
            return;
        }
        JsonNode json = parsed.get();
        outputs.computeIfAbsent(id.get(), unused -> new ArrayList<>(1))
                .add(new Arrival(new Place(record.partition(), record.offset()), order(json), fingerprint(record)));
    }

    void deadLetter(ConsumerRecord<byte[], byte[]> record) {
        if (record.headers().lastHeader("dead-letter.reason") == null) {
            strange++;
            return;
        }
        Place place = new Place(
                Integer.parseInt(header(record, "dead-letter.partition")),
                Long.parseLong(header(record, "dead-letter.offset")));
        deadLetters.merge(place, 1, Integer::sum);
        if (header(record, "dead-letter.reason").equals("too-late-to-judge")) {
            tooLate.add(place);
        }
    }

    Result result() {
        long expected = 0;
        long lost = 0;
        long duplicated = 0;
        long altered = strange;
        long latestTime = inputs.values().stream()
                .flatMap(List::stream)
                .mapToLong(Arrival::order)
                .max()
                .orElse(Long.MIN_VALUE);
        for (Map.Entry<String, List<Arrival>> entry : inputs.entrySet()) {
            List<Arrival> out = outputs.getOrDefault(entry.getKey(), List.of());
            // The watermark cannot have passed what is no further behind the latest time than the out-of-orderness.
            lost += entry.getValue().stream()
                    .filter(arrival -> tooLate.contains(arrival.place()))
                    .filter(arrival -> arrival.order()
                            >= latestTime - parameters.outOfOrderness().toMillis())
                    .count();
            List<Arrival> judged = entry.getValue().stream()
                    .filter(arrival -> !tooLate.contains(arrival.place()))
                    .sorted(IN_ORDER)
                    .toList();
            if (judged.isEmpty()) {
                duplicated += out.size();
                continue;
            }
            Set<Integer> copies = new HashSet<>();
            entry.getValue().forEach(arrival -> copies.add(arrival.fingerprint()));
            altered += out.stream()
                    .filter(arrival -> !copies.contains(arrival.fingerprint()))
                    .count();
            if (inEventTime) {
                List<Arrival> wanted = firsts(judged);
                expected += wanted.size();
                lost += surplus(wanted, out);
                duplicated += surplus(out, wanted);
            } else if (latest) {
                expected++;
                long newest = judged.get(judged.size() - 1).order();
                lost += out.stream().noneMatch(arrival -> arrival.order() == newest) ? 1 : 0;
                for (int i = 1; i < out.size(); i++) {
                    duplicated += out.get(i).order() > out.get(i - 1).order() ? 0 : 1;
                }
            } else {
                expected++;
                lost += out.isEmpty() ? 1 : 0;
                duplicated += Math.max(0, out.size() - 1);
            }
        }
        for (Map.Entry<String, List<Arrival>> entry : outputs.entrySet()) {
            altered += inputs.containsKey(entry.getKey()) ? 0 : entry.getValue().size();
        }
        long letters =
                deadLetters.values().stream().mapToLong(Integer::longValue).sum();
        lost += unreadable.stream()
                .filter(place -> !deadLetters.containsKey(place))
                .count();
        duplicated += letters - deadLetters.size();
        altered += deadLetters.keySet().stream()
                .filter(place -> !unreadable.contains(place) && !tooLate.contains(place))
                .count();
        return new Result(expected, delivered, lost, duplicated, altered, letters, tooLate.size());
    }

    /** The occurrences that go on in event time: each one at least the retention after the one before it. */
    private List<Arrival> firsts(List<Arrival> inOrder) {
        List<Arrival> firsts = new ArrayList<>();
        for (Arrival arrival : inOrder) {
            if (firsts.isEmpty()
                    || arrival.order() - firsts.get(firsts.size() - 1).order()
                            >= parameters.retention().toMillis()) {
                firsts.add(arrival);
            }
        }
        return firsts;
    }

    /** How many of the first list have no counterpart in the second. */
    private static long surplus(List<Arrival> these, List<Arrival> those) {
        List<Integer> left =
                new ArrayList<>(those.stream().map(Arrival::fingerprint).toList());
        return these.stream()
                .filter(arrival -> !left.remove((Integer) arrival.fingerprint()))
                .count();
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

    private Optional<String> id(JsonNode json) {
        StringBuilder id = new StringBuilder();
        for (String pointer : parameters.fields().ids()) {
            JsonNode part = json.at(pointer);
            if (!part.isValueNode() || part.isNull()) {
                return Optional.empty();
            }
            String text =
                    part.isNumber() ? part.decimalValue().stripTrailingZeros().toString() : part.asText();
            id.append(part.getNodeType()).append(text.length()).append(':').append(text);
        }
        return Optional.of(id.toString());
    }

    private boolean hasOrder(JsonNode json) {
        return !(inEventTime || latest)
                || json.at(orderField()).isIntegralNumber()
                || json.at(orderField()).isTextual();
    }

    /** Event time or version; 0 where neither counts. */
    private long order(JsonNode json) {
        if (!inEventTime && !latest) {
            return 0;
        }
        JsonNode order = json.at(orderField());
        return order.isNumber()
                ? order.longValue()
                : Instant.parse(order.asText()).toEpochMilli();
    }

    private String orderField() {
        EventFields fields = parameters.fields();
        return fields.version()
                .or(() -> fields.time().map(EventFields.Time::pointer))
                .orElseThrow();
    }

    /** Value, key, headers and timestamp; without the key where the job sets it. */
    private int fingerprint(ConsumerRecord<byte[], byte[]> record) {
        int key = latest ? 0 : Arrays.hashCode(record.key());
        return Arrays.hashCode(new int[] {
            Arrays.hashCode(record.value()), key, record.headers().hashCode(), Long.hashCode(record.timestamp())
        });
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
