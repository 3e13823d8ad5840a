package dev.flinkcookbook.measuringlatency;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * The latencies of one stage, in milliseconds. Two of them are merged by adding their counts, which gives the percentiles of all
 * their events; an average of two percentiles is a percentile of nothing.
 *
 * <p>A negative latency is two clocks that disagree. It is counted apart: taken for zero, it would make the stage look fast.
 */
public final class LatencyHistogram {

    private static final int SIGNIFICANT_DIGITS = 3;
    private static final int HEADER_BYTES = 2 * Long.BYTES;

    private final Histogram millis;
    private long negatives;
    private long mostNegative;

    public LatencyHistogram() {
        this(new Histogram(SIGNIFICANT_DIGITS), 0, 0);
    }

    private LatencyHistogram(Histogram millis, long negatives, long mostNegative) {
        this.millis = millis;
        this.negatives = negatives;
        this.mostNegative = mostNegative;
    }

    public void record(long latencyMillis) {
        if (latencyMillis < 0) {
            negatives++;
            mostNegative = Math.min(mostNegative, latencyMillis);
        } else {
            millis.recordValue(latencyMillis);
        }
    }

    public void add(LatencyHistogram other) {
        millis.add(other.millis);
        negatives += other.negatives;
        mostNegative = Math.min(mostNegative, other.mostNegative);
    }

    /** Of the latencies that are not negative; look at {@link #negatives} first. */
    public long percentile(double percentile) {
        return millis.getValueAtPercentile(percentile);
    }

    /** How many events were measured, those with a negative latency too. */
    public long count() {
        return millis.getTotalCount() + negatives;
    }

    public long negatives() {
        return negatives;
    }

    /** No latency is below zero, so the later clock is behind the earlier one by this at least. Zero says nothing. */
    public long skewAtLeast() {
        return -mostNegative;
    }

    /** Two counts of negatives, then HdrHistogram's own compressed encoding. */
    byte[] toBytes() {
        // A buffer of its own: HdrHistogram writes to the start of the array, wherever the buffer begins.
        ByteBuffer encoded = ByteBuffer.allocate(millis.getNeededByteBufferCapacity());
        int length = millis.encodeIntoCompressedByteBuffer(encoded);
        return ByteBuffer.allocate(HEADER_BYTES + length)
                .putLong(negatives)
                .putLong(mostNegative)
                .put(encoded.array(), 0, length)
                .array();
    }

    static LatencyHistogram from(byte[] bytes) throws DataFormatException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        long negatives = buffer.getLong();
        long mostNegative = buffer.getLong();
        Histogram millis = Histogram.decodeFromCompressedByteBuffer(
                ByteBuffer.wrap(Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length)), 0);
        return new LatencyHistogram(millis, negatives, mostNegative);
    }
}
