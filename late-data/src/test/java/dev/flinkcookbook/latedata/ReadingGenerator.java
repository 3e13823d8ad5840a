package dev.flinkcookbook.latedata;

import dev.flinkcookbook.testbed.PacedInput;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Produces the readings of fifty sensors as a network of them does: most arrive soon, some late, a few very late, on any
 * partition; one record in a hundred is garbage. A second of the run is a minute of the sensors' time, and Kafka's timestamps are
 * those of arrival in that time. The same seed gives the same readings in the same order; only the times differ.
 */
final class ReadingGenerator {

    private static final int SENSORS = 50;
    private static final double GARBAGE = 0.01;
    private static final long MILLIS_IN_A_SECOND_OF_THE_RUN =
            Duration.ofMinutes(1).toMillis();

    /** Of a Pareto distribution: of the readings later than some time, a third is later than twice that time. */
    private static final double TAIL = 1.5;

    private static final Duration LATEST = Duration.ofHours(1);

    private final Random random;
    private final PacedInput input;
    private final long perSecond;
    private final Duration lateness;

    /** @param lateness of half of the readings at least; then one in a hundred is 14 times as late, one in a thousand 63 times */
    ReadingGenerator(long seed, long perSecond, Duration lateness) {
        this.random = new Random(seed);
        this.input = new PacedInput(perSecond);
        this.perSecond = perSecond;
        this.lateness = lateness;
    }

    /** Sends {@code events} records on schedule; returns when the broker has acknowledged all of them. */
    void produce(Properties client, String topic, long events) throws ExecutionException, InterruptedException {
        Instant firstArrival = Instant.now().truncatedTo(ChronoUnit.MINUTES).minusMillis(arrivalAfter(events));
        input.send(client, topic, events, partitions -> {
            Instant arrival = firstArrival.plusMillis(arrivalAfter(input.sent()));
            long left = events - input.sent();
            // The last record of each partition: when its dead letter is there, all before it was read.
            if (left <= partitions) {
                return record(topic, (int) left - 1, arrival, null);
            }
            byte[] value = random.nextDouble() < GARBAGE ? garbage(arrival) : reading(arrival);
            return record(topic, random.nextInt(partitions), arrival, value);
        });
    }

    PacedInput input() {
        return input;
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int partition, Instant arrival, byte[] value) {
        return new ProducerRecord<>(topic, partition, arrival.toEpochMilli(), null, value);
    }

    private long arrivalAfter(long records) {
        return records * MILLIS_IN_A_SECOND_OF_THE_RUN / perSecond;
    }

    private byte[] reading(Instant arrival) {
        long late = Math.min(lateMillis(random, lateness), LATEST.toMillis());
        return reading(arrival.minusMillis(late), celsius());
    }

    static long lateMillis(Random random, Duration median) {
        double shortest = median.toMillis() / Math.pow(2, 1 / TAIL);
        return (long) (shortest / Math.pow(1 - random.nextDouble(), 1 / TAIL));
    }

    private byte[] reading(Instant at, String celsius) {
        return utf8("{\"sensor\":\"s-%d\",\"at\":\"%s\",\"celsius\":%s}"
                .formatted(random.nextInt(SENSORS), at.truncatedTo(ChronoUnit.MILLIS), celsius));
    }

    private String celsius() {
        return random.nextInt(-20, 40) + "." + random.nextInt(100);
    }

    private byte[] garbage(Instant arrival) {
        return switch (random.nextInt(6)) {
            case 0 -> reading(arrival.plus(Duration.ofDays(365)), celsius());
            case 1 -> reading(arrival, "\"warm\"");
            case 2 -> reading(arrival, "1e20");
            case 3 -> Arrays.copyOf(reading(arrival, celsius()), 40);
            case 4 -> new byte[] {(byte) 0xff, 0, 1};
            default -> null;
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
