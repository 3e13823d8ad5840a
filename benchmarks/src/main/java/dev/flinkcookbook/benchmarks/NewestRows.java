package dev.flinkcookbook.benchmarks;

import java.util.Arrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What a compacted topic would keep: the newest version of each row. For one thread. */
final class NewestRows {

    private static final int NEVER_SEEN = -1;

    private final int[] versions;

    /** @param rows numbered from 0 */
    NewestRows(int rows) {
        versions = new int[rows];
        Arrays.fill(versions, NEVER_SEEN);
    }

    /** To be called in the order of each partition. */
    void add(ConsumerRecord<byte[], byte[]> record) {
        int id = ChangeDocument.idOf(record.key());
        if (id >= versions.length) {
            throw new IllegalStateException("row " + id + " came out and never went in");
        }
        versions[id] = record.value() == null ? ChangeTopic.DELETED : ChangeDocument.versionOf(record.value());
    }

    /** @throws IllegalStateException some rows are others; with their number and the first of them */
    void require(int[] expected) {
        int wrong = 0;
        int first = 0;
        for (int id = expected.length - 1; id >= 0; id--) {
            if (versions[id] != expected[id]) {
                wrong++;
                first = id;
            }
        }
        if (wrong > 0) {
            throw new IllegalStateException("%d rows are wrong, the first is %d: %s, expected %s"
                    .formatted(wrong, first, text(versions[first]), text(expected[first])));
        }
    }

    private static String text(int version) {
        return switch (version) {
            case NEVER_SEEN -> "never seen";
            case ChangeTopic.DELETED -> "deleted";
            default -> "version " + version;
        };
    }
}
