package dev.flinkcookbook.changedatacapture;

import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.TimestampedCollector;
import org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.util.Collector;

/**
 * Runs {@link KeepNewest}, and at the end of a bounded input lets it apply what concerns all rows. A function could know that end only
 * by a timer for each row, and those would be as many as the rows, and part of every checkpoint.
 */
final class KeepNewestToTheEnd extends CoBroadcastWithKeyedOperator<String, Change, Change, Change> {

    private final boolean bounded;

    KeepNewestToTheEnd(KeepNewest keepNewest, boolean bounded) {
        super(keepNewest, List.of(KeepNewest.OF_ALL_ROWS));
        this.bounded = bounded;
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (bounded && mark.equals(Watermark.MAX_WATERMARK)) {
            applyToAllRows(new TimestampedCollector<>(output));
        }
        super.processWatermark(mark);
    }

    private void applyToAllRows(Collector<Change> out) throws Exception {
        KeyedStateBackend<String> rows = getKeyedStateBackend();
        for (Map.Entry<String, Change> ofAllRows : getOperatorStateBackend()
                .getBroadcastState(KeepNewest.OF_ALL_ROWS)
                .immutableEntries()) {
            rows.applyToAllKeys(
                    VoidNamespace.INSTANCE,
                    VoidNamespaceSerializer.INSTANCE,
                    KeepNewest.NEWEST,
                    (row, version) -> KeepNewest.deleteIfOlder(row, version, ofAllRows.getValue(), out));
        }
    }
}
