package dev.flinkcookbook.benchmarks;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.metrics.Counter;

/** How many records the sources in this JVM have taken in, whatever kind of job they belong to. */
final class Intake {
    private static final LongAdder PLAIN = new LongAdder();
    private static final List<Counter> OF_FLINK_SOURCES = new CopyOnWriteArrayList<>();

    private Intake() {}

    /** For a loop around a consumer. */
    static void add(long records) {
        PLAIN.add(records);
    }

    /** For a source operator of Flink: its own {@code numRecordsIn}. */
    static void include(Counter recordsIn) {
        OF_FLINK_SOURCES.add(recordsIn);
    }

    static long total() {
        return PLAIN.sum()
                + OF_FLINK_SOURCES.stream().mapToLong(Counter::getCount).sum();
    }
}
