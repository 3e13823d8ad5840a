package dev.flinkcookbook.changedatacapture;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/**
 * Event time is the database's log: a watermark says that all transactions that end at or before this LSN have ended. Their ends come
 * in this order, and there is no other order that would be right for all tables.
 */
final class EndsAreTime implements WatermarkGenerator<TransactionEnd> {

    private long newest = Long.MIN_VALUE;

    static WatermarkStrategy<TransactionEnd> watermarks() {
        return WatermarkStrategy.<TransactionEnd>forGenerator(context -> new EndsAreTime())
                .withTimestampAssigner((end, kafkaTimestamp) -> end.lsn());
    }

    /** For the changes, which say nothing about time: it is not them that it waits for. */
    static <T> WatermarkStrategy<T> neverWaitedFor() {
        return WatermarkStrategy.forGenerator(context -> new WatermarkGenerator<>() {
            @Override
            public void onEvent(T event, long eventTimestamp, WatermarkOutput output) {
                // No time has passed.
            }

            @Override
            public void onPeriodicEmit(WatermarkOutput output) {
                output.markIdle();
            }
        });
    }

    @Override
    public void onEvent(TransactionEnd end, long lsn, WatermarkOutput output) {
        newest = Math.max(newest, lsn); // An end that comes again is from before.
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
        if (newest != Long.MIN_VALUE) {
            output.emitWatermark(new Watermark(newest));
        }
    }
}
