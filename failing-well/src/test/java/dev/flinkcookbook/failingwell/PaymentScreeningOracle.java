package dev.flinkcookbook.failingwell;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Says of each record of the input where it must end, and counts where it did. Shares no code with the job. */
final class PaymentScreeningOracle {

    /** @param elsewhere records that ended in another topic, or with another word, than they should */
    record Result(
            long expected,
            long delivered,
            long lost,
            long duplicated,
            long elsewhere,
            long deadLetters,
            long unscreened) {}

    private final int attempts;
    private final Map<String, Integer> missing = new HashMap<>();
    private long expected;
    private long delivered;
    private long surplus;
    private long deadLetters;
    private long unscreened;

    /** @param attempts that the job makes */
    PaymentScreeningOracle(int attempts) {
        this.attempts = attempts;
    }

    /** A record, with where it must end or has ended. */
    private static String name(ConsumerRecord<byte[], byte[]> record, String end) {
        return end + " " + (record.value() == null ? "" : new String(record.value(), StandardCharsets.ISO_8859_1));
    }

    void input(ConsumerRecord<byte[], byte[]> record) {
        String end = end(record);
        expected += end.startsWith("screened") ? 1 : 0;
        missing.merge(name(record, end), 1, Integer::sum);
    }

    private String end(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return "dead-letters no-value";
        }
        String id = JobOnKafka.id(record);
        if (!id.startsWith("p-")) {
            return "dead-letters not-json";
        }
        String end = Fate.of(id).end(attempts);
        return switch (end) {
            case "clear", "blocked" -> "screened " + end;
            case "http-422" -> "dead-letters " + end;
            default -> "unscreened " + end;
        };
    }

    void screened(ConsumerRecord<byte[], byte[]> record) {
        delivered++;
        ended(record, "screened " + JobOnKafka.header(record, "screening.verdict"));
    }

    void deadLetter(ConsumerRecord<byte[], byte[]> record) {
        deadLetters++;
        ended(record, "dead-letters " + JobOnKafka.header(record, "dead-letter.reason"));
    }

    void unscreened(ConsumerRecord<byte[], byte[]> record) {
        unscreened++;
        ended(record, "unscreened " + JobOnKafka.header(record, "dead-letter.reason"));
    }

    private void ended(ConsumerRecord<byte[], byte[]> record, String end) {
        missing.merge(name(record, end), -1, Integer::sum);
    }

    /** The input must have been told before the output that it became. */
    Result result() {
        long lost = missing.values().stream()
                .filter(count -> count > 0)
                .mapToLong(count -> count)
                .sum();
        long tooMany = -missing.values().stream()
                .filter(count -> count < 0)
                .mapToLong(count -> count)
                .sum();
        // A record in the wrong place is missing in one and too many in the other; a copy is only too many.
        long elsewhere = Math.min(lost, tooMany);
        return new Result(expected, delivered, lost, tooMany - elsewhere, elsewhere, deadLetters, unscreened);
    }
}
