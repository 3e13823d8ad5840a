package dev.flinkcookbook.latedata;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Measures how far each reading is behind the newest one of its partition, 0 for the newest itself: its 99th percentile is the
 * {@code --out-of-orderness} that lets 99 of 100 readings be on time.
 */
final class MeasureDisorder extends ProcessFunction<Arrival, Arrival> {

    /** Enough for the 99.9th percentile. */
    private static final int NEWEST_READINGS = 10_000;

    private static final class Newest {
        private long at = Arrival.NO_TIME;
    }

    private transient Map<Integer, Newest> byPartition;
    private transient Histogram disorder;

    @Override
    public void open(OpenContext context) {
        byPartition = new HashMap<>();
        // How far a reading is behind the newest one of its partition. Worry: its 99th percentile exceeds the bound on
        // disorder.
        disorder = getRuntimeContext()
                .getMetricGroup()
                .histogram("disorderMs", new DescriptiveStatisticsHistogram(NEWEST_READINGS));
    }

    @Override
    public void processElement(Arrival arrival, Context context, Collector<Arrival> out) {
        Newest newest = byPartition.computeIfAbsent(arrival.record().partition(), unused -> new Newest());
        newest.at = Math.max(newest.at, arrival.at());
        disorder.update(newest.at - arrival.at());
        out.collect(arrival);
    }
}
