package dev.flinkcookbook.benchmarks;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.TypeConversionException;

/** How the job of measuring-latency is set. Each setting turns one knob of an earlier one, which is named. */
enum LatencySetting {
    EXACTLY_ONCE_1S(null, "exactly-once, a checkpoint every second", true, Duration.ofSeconds(1)),
    EXACTLY_ONCE_100MS(EXACTLY_ONCE_1S, "a checkpoint every 100 ms", true, Duration.ofMillis(100)),
    EXACTLY_ONCE_10S(EXACTLY_ONCE_1S, "a checkpoint every 10 s", true, Duration.ofSeconds(10)),
    AT_LEAST_ONCE(EXACTLY_ONCE_1S, "at-least-once", false, Duration.ofSeconds(1)),
    BUFFER_TIMEOUT_5MS(
            AT_LEAST_ONCE,
            "at-least-once, buffer timeout 5 ms",
            false,
            Duration.ofSeconds(1),
            "execution.buffer-timeout.interval=5ms"),
    BUFFER_TIMEOUT_0(
            AT_LEAST_ONCE,
            "at-least-once, buffer timeout 0",
            false,
            Duration.ofSeconds(1),
            "execution.buffer-timeout.interval=0ms"),
    LINGER_0(
            BUFFER_TIMEOUT_5MS,
            "at-least-once, buffer timeout 5 ms, linger.ms 0",
            false,
            Duration.ofSeconds(1),
            "execution.buffer-timeout.interval=5ms"),
    OBJECT_REUSE(
            BUFFER_TIMEOUT_5MS,
            "at-least-once, buffer timeout 5 ms, object reuse",
            false,
            Duration.ofSeconds(1),
            "execution.buffer-timeout.interval=5ms",
            "pipeline.object-reuse=true"),
    WINDOW(
            BUFFER_TIMEOUT_5MS,
            "at-least-once, buffer timeout 5 ms, windows of 200 ms",
            false,
            Duration.ofSeconds(1),
            "execution.buffer-timeout.interval=5ms"),
    WATERMARKS_20MS(
            WINDOW,
            "the same, a watermark every 20 ms",
            false,
            Duration.ofSeconds(1),
            "execution.buffer-timeout.interval=5ms",
            "pipeline.auto-watermark-interval=20ms"),
    HASHMAP(
            WINDOW,
            "the same, hashmap",
            false,
            Duration.ofSeconds(1),
            "execution.buffer-timeout.interval=5ms",
            "state.backend.type=hashmap");

    /** Of those settings that have windows. */
    static final Duration WINDOW_LENGTH = Duration.ofMillis(200);

    private final LatencySetting turnedFrom;
    private final String label;
    private final boolean exactlyOnce;
    private final Duration interval;
    private final List<String> options;

    LatencySetting(LatencySetting turnedFrom, String label, boolean exactlyOnce, Duration interval, String... options) {
        this.turnedFrom = turnedFrom;
        this.label = label;
        this.exactlyOnce = exactlyOnce;
        this.interval = interval;
        this.options = List.of(options);
    }

    /** The setting of which this one turns a knob; null for the first. */
    LatencySetting turnedFrom() {
        return turnedFrom;
    }

    String label() {
        return label;
    }

    boolean isExactlyOnce() {
        return exactlyOnce;
    }

    /** Between checkpoints. */
    Duration interval() {
        return interval;
    }

    /** Flink's options, by their keys. */
    Map<String, String> flinkOptions() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("execution.checkpointing.interval", interval.toMillis() + "ms");
        all.put("state.backend.type", "rocksdb");
        for (String option : options) {
            String[] keyAndValue = option.split("=", 2);
            all.put(keyAndValue[0], keyAndValue[1]);
        }
        return all;
    }

    /** Properties of the job's Kafka clients. */
    Map<String, String> kafkaProperties() {
        return this == LINGER_0 ? ClientProperties.NO_LINGER : Map.of();
    }

    List<String> jobFlags() {
        return List.of(
                "--delivery",
                exactlyOnce ? "exactly-once" : "at-least-once",
                "--window",
                isWithWindow() ? WINDOW_LENGTH.toMillis() + "ms" : "0s",
                "--out-of-orderness",
                "0ms");
    }

    private boolean isWithWindow() {
        return this == WINDOW || turnedFrom == WINDOW;
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
