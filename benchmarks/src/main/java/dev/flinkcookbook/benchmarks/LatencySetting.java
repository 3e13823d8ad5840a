package dev.flinkcookbook.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.util.TimeUtils;
import picocli.CommandLine.TypeConversionException;

/** How the job of measuring-latency is set. Each setting but the first turns one knob of an earlier one. */
enum LatencySetting {
    EXACTLY_ONCE_1S("exactly-once, a checkpoint every second"),
    EXACTLY_ONCE_100MS(EXACTLY_ONCE_1S, "a checkpoint every 100 ms", Of.FLINK, LatencySetting.INTERVAL, "100ms"),
    EXACTLY_ONCE_10S(EXACTLY_ONCE_1S, "a checkpoint every 10 s", Of.FLINK, LatencySetting.INTERVAL, "10s"),
    AT_LEAST_ONCE(EXACTLY_ONCE_1S, "at-least-once", Of.JOB, LatencySetting.DELIVERY, "at-least-once"),
    BUFFER_TIMEOUT_5MS(
            AT_LEAST_ONCE, "at-least-once, buffer timeout 5 ms", Of.FLINK, "execution.buffer-timeout.interval", "5ms"),
    BUFFER_TIMEOUT_0(
            AT_LEAST_ONCE, "at-least-once, buffer timeout 0", Of.FLINK, "execution.buffer-timeout.interval", "0ms"),
    LINGER_0(BUFFER_TIMEOUT_5MS, "at-least-once, buffer timeout 5 ms, linger.ms 0", Of.KAFKA, "linger.ms", "0"),
    OBJECT_REUSE(
            BUFFER_TIMEOUT_5MS,
            "at-least-once, buffer timeout 5 ms, object reuse",
            Of.FLINK,
            "pipeline.object-reuse",
            "true"),
    WINDOW(BUFFER_TIMEOUT_5MS, "at-least-once, buffer timeout 5 ms, windows of 200 ms", Of.JOB, "--window", "200ms"),
    WATERMARKS_20MS(WINDOW, "the same, a watermark every 20 ms", Of.FLINK, "pipeline.auto-watermark-interval", "20ms"),
    HASHMAP(WINDOW, "the same, hashmap", Of.FLINK, "state.backend.type", "hashmap");

    /** Whose knob it is: an option of Flink, a flag of the job, a property of its Kafka clients. */
    private enum Of {
        FLINK,
        JOB,
        KAFKA
    }

    private static final String INTERVAL = "execution.checkpointing.interval";
    private static final String DELIVERY = "--delivery";

    private static final Map<Of, Map<String, String>> FIRST = Map.of(
            Of.FLINK, Map.of(INTERVAL, "1s", "state.backend.type", "rocksdb"),
            Of.JOB, Map.of(DELIVERY, "exactly-once", "--window", "0s", "--out-of-orderness", "0ms"),
            Of.KAFKA, Map.of());

    private final LatencySetting turnedFrom;
    private final String label;
    private final Of of;
    private final String knob;
    private final String value;

    LatencySetting(String label) {
        this(null, label, null, null, null);
    }

    LatencySetting(LatencySetting turnedFrom, String label, Of of, String knob, String value) {
        this.turnedFrom = turnedFrom;
        this.label = label;
        this.of = of;
        this.knob = knob;
        this.value = value;
    }

    /** The setting of which this one turns a knob; null for the first. */
    LatencySetting turnedFrom() {
        return turnedFrom;
    }

    String label() {
        return label;
    }

    private Map<String, String> values(Of kind) {
        Map<String, String> values = new TreeMap<>(turnedFrom == null ? FIRST.get(kind) : turnedFrom.values(kind));
        if (of == kind) {
            values.put(knob, value);
        }
        return values;
    }

    boolean isExactlyOnce() {
        return values(Of.JOB).get(DELIVERY).equals("exactly-once");
    }

    /** Between checkpoints. */
    Duration interval() {
        return TimeUtils.parseDuration(values(Of.FLINK).get(INTERVAL));
    }

    /** Zero for none. */
    Duration window() {
        return TimeUtils.parseDuration(values(Of.JOB).get("--window"));
    }

    /** Flink's options, by their keys. */
    Map<String, String> flinkOptions() {
        return values(Of.FLINK);
    }

    /** Properties of the job's Kafka clients. */
    Map<String, String> kafkaProperties() {
        return values(Of.KAFKA);
    }

    List<String> jobFlags() {
        List<String> flags = new ArrayList<>();
        values(Of.JOB).forEach((flag, itsValue) -> flags.addAll(List.of(flag, itsValue)));
        return flags;
    }

    /** As in {@code --settings}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws TypeConversionException there is none of that name; the message lists them */
    static LatencySetting named(String name) {
        return Arrays.stream(values())
                .filter(setting -> setting.toString().equals(name))
                .findAny()
                .orElseThrow(() -> new TypeConversionException(String.join(", ", names())));
    }

    static List<String> names() {
        return Arrays.stream(values()).map(LatencySetting::toString).toList();
    }
}
