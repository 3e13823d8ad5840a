package dev.flinkcookbook.benchmarks;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.SplittableRandom;

/**
 * A reading of one of many sensors as JSON, about 65 bytes; the same number gives the same reading. They arrive 2,000 a second in
 * the sensors' time, a few seconds out of order; one in a thousand is ten minutes late.
 */
final class ReadingDocument {
    static final int SENSORS = 10_000;

    /** Far enough behind for any window of a minute to be closed. */
    static final int READINGS_PER_LATE_ONE = 1_000;

    private static final int READINGS_PER_SECOND = 2_000;
    private static final int MOST_DISORDER_MILLIS = 8_000;
    private static final int LATE_MILLIS = 600_000;
    private static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final byte[] COUNT = "\"count\":".getBytes(StandardCharsets.UTF_8);

    private ReadingDocument() {}

    /** Kafka's timestamp of the reading. */
    static long arrivalMillis(long number) {
        return START + number * 1_000 / READINGS_PER_SECOND;
    }

    static byte[] of(long number) {
        SplittableRandom random = random(number);
        int behind = number % READINGS_PER_LATE_ONE == READINGS_PER_LATE_ONE - 1
                ? LATE_MILLIS
                : random.nextInt(MOST_DISORDER_MILLIS);
        return json(random.nextInt(SENSORS), arrivalMillis(number) - behind, random);
    }

    static SplittableRandom random(long number) {
        // Spread over the bits first: neighbouring seeds give related numbers.
        return new SplittableRandom(number * 0x9E3779B97F4A7C15L + 1);
    }

    static byte[] json(int sensor, long atMillis, SplittableRandom random) {
        return ("{\"sensor\":\"s-" + sensor + "\",\"at\":\"" + Instant.ofEpochMilli(atMillis) + "\",\"celsius\":"
                        + random.nextInt(-20, 40) + '.' + random.nextInt(10, 100) + '}')
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The number of readings in a result, of the recipe or of SQL. */
    static long countIn(byte[] result) {
        for (int at = 0; at < result.length - COUNT.length; at++) {
            if (startsWithCount(result, at)) {
                long count = 0;
                for (int digit = at + COUNT.length; result[digit] >= '0' && result[digit] <= '9'; digit++) {
                    count = 10 * count + result[digit] - '0';
                }
                return count;
            }
        }
        throw new IllegalStateException("no result: " + new String(result, StandardCharsets.UTF_8));
    }

    private static boolean startsWithCount(byte[] result, int at) {
        for (int i = 0; i < COUNT.length; i++) {
            if (result[at + i] != COUNT[i]) {
                return false;
            }
        }
        return true;
    }
}
