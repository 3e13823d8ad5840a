package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.changedatacapture.ViewRecords.ViewRecord;
import dev.flinkcookbook.testbed.PacedInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ExecutionException;

/**
 * Records of views: versions of rows of three tables, and of each three records one is not the newest of its row: it has been
 * told before, or it comes too late. The same seed gives the same records.
 */
final class ReadModelGenerator {

    private static final int KEYS = 100; // of each table
    private static final int LATE = 200; // how many records at most a stale one is behind

    private final Random random;
    private final PacedInput input;
    private final List<ViewRecord> recent = new ArrayList<>();
    private long lsn = 1_000;

    ReadModelGenerator(long seed, long perSecond) {
        this.random = new Random(seed);
        this.input = new PacedInput(perSecond);
    }

    ViewRecord next() {
        if (!recent.isEmpty() && random.nextInt(3) == 0) {
            return recent.get(random.nextInt(recent.size()));
        }
        Table table = Table.values()[random.nextInt(Table.values().length)];
        lsn += 1 + random.nextInt(100);
        ViewRecord version = new ViewRecord(
                table.toString(),
                "{\"id\":" + random.nextInt(KEYS) + "}",
                random.nextInt(5) == 0 ? null : "{\"name\":\"n-" + lsn + "\"}",
                lsn / 500 + "/" + lsn + "/" + (1 + random.nextInt(3)),
                null);
        if (recent.size() < LATE) {
            recent.add(version);
        } else {
            recent.set(random.nextInt(LATE), version);
        }
        return version;
    }

    /** What {@link #produce} writes with. */
    PacedInput input() {
        return input;
    }

    /**
     * Writes so many on schedule; returns when the broker has acknowledged all.
     *
     * @param views what the names of the topics begin with
     */
    void produce(Properties client, String views, long records) throws ExecutionException, InterruptedException {
        input.send(client, views + "." + Table.CUSTOMERS, records, partitions -> next().in(views));
    }
}
