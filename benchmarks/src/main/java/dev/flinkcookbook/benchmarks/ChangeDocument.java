package dev.flinkcookbook.benchmarks;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.SplittableRandom;

/**
 * A change of an order as Debezium's JSON converter writes it without schemas; about 700 bytes with one row in it, 850 with two. A
 * row has a version, from 1, and the same id and version give the same row.
 */
final class ChangeDocument {

    private static final int CHANGES_PER_TRANSACTION = 3;
    private static final int CUSTOMERS = 50_000;
    private static final String[] STATUS = {"new", "paid", "packed", "shipped", "delivered"};
    private static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final long MICROS_PER_CHANGE = 500;

    /** Bytes of the log between one change and the next. */
    private static final int LOG_PER_CHANGE = 168;

    private static final long FIRST_LSN = 22_166_976;
    private static final int FIRST_TRANSACTION = 746;

    private static final byte[] VERSION = "\"version\":".getBytes(StandardCharsets.UTF_8);

    private ChangeDocument() {}

    static byte[] key(int id) {
        return ("{\"id\":" + id + "}").getBytes(StandardCharsets.UTF_8);
    }

    /** @throws IllegalStateException it is no key of a row */
    static int idOf(byte[] key) {
        String text = new String(key, StandardCharsets.UTF_8);
        if (!text.matches("\\{\"id\":\\d{1,9}}")) {
            throw new IllegalStateException("no key of an order: " + text);
        }
        return Integer.parseInt(text.substring(6, text.length() - 1));
    }

    /** @param change counted from 0: it gives the place in the log */
    static byte[] insert(long change, int id, int version) {
        return envelope(change, "c", "null", row(id, version));
    }

    /** With the whole row before, as a table with {@code REPLICA IDENTITY FULL} has it. */
    static byte[] update(long change, int id, int version) {
        return envelope(change, "u", row(id, version - 1), row(id, version));
    }

    /** @param version the row's last */
    static byte[] delete(long change, int id, int version) {
        return envelope(change, "d", row(id, version), "null");
    }

    /** With the default replica identity: an update that does not say what was before. */
    static byte[] updateWithoutBefore(long change, int id, int version) {
        return envelope(change, "u", "null", row(id, version));
    }

    /** Of the row after the change in an envelope, or of a row as it was published. */
    static int versionOf(byte[] document) {
        // Debezium's own version is a string, and what stands last is the row after the change.
        for (int at = document.length - VERSION.length - 1; at >= 0; at--) {
            if (startsWithVersion(document, at) && isDigit(document[at + VERSION.length])) {
                int version = 0;
                for (int digit = at + VERSION.length; isDigit(document[digit]); digit++) {
                    version = 10 * version + document[digit] - '0';
                }
                return version;
            }
        }
        throw new IllegalStateException("no version: " + new String(document, StandardCharsets.UTF_8));
    }

    private static boolean startsWithVersion(byte[] document, int at) {
        for (int i = 0; i < VERSION.length; i++) {
            if (document[at + i] != VERSION[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDigit(byte character) {
        return character >= '0' && character <= '9';
    }

    private static String row(int id, int version) {
        // Spread over the bits first: neighbouring seeds give related numbers.
        SplittableRandom random = new SplittableRandom((id * 1_000_003L + version) * 0x9E3779B97F4A7C15L + 1);
        long placedMicros = START * 1_000 + id * MICROS_PER_CHANGE + random.nextInt(500);
        return "{\"id\":" + id + ",\"customer_id\":" + random.nextInt(1, CUSTOMERS + 1)
                + ",\"status\":\"" + STATUS[Math.min(version, STATUS.length) - 1] + "\",\"line_count\":"
                + random.nextInt(1, 10) + ",\"total\":\"" + random.nextInt(5, 900) + '.' + random.nextInt(10, 100)
                + "\",\"placed_at\":\""
                + Instant.ofEpochSecond(placedMicros / 1_000_000, placedMicros % 1_000_000 * 1_000)
                + "\",\"version\":" + version + "}";
    }

    private static byte[] envelope(long change, String op, String before, String after) {
        long transaction = change / CHANGES_PER_TRANSACTION;
        long order = change % CHANGES_PER_TRANSACTION;
        // A commit takes its place in the log too.
        long lsn = FIRST_LSN + LOG_PER_CHANGE * (transaction * (CHANGES_PER_TRANSACTION + 1) + order);
        long commitBefore = FIRST_LSN + LOG_PER_CHANGE * (transaction * (CHANGES_PER_TRANSACTION + 1) - 1);
        long id = FIRST_TRANSACTION + transaction;
        long committed = START * 1_000 + transaction * CHANGES_PER_TRANSACTION * MICROS_PER_CHANGE;
        long told = committed + 100_000;
        return ("{\"before\":" + before + ",\"after\":" + after
                        + ",\"source\":{\"version\":\"3.6.1.Final\",\"connector\":\"postgresql\",\"name\":\"shop\",\"ts_ms\":"
                        + committed / 1_000 + ",\"snapshot\":\"false\",\"db\":\"postgres\",\"sequence\":\"[\\\""
                        + commitBefore + "\\\",\\\"" + lsn + "\\\"]\",\"ts_us\":" + committed + ",\"ts_ns\":"
                        + committed * 1_000 + ",\"schema\":\"public\",\"table\":\"orders\",\"txId\":" + id + ",\"lsn\":"
                        + lsn + ",\"xmin\":null,\"origin\":null,\"origin_lsn\":null},\"transaction\":{\"id\":\"" + id
                        + ":" + lsn + "\",\"total_order\":" + (order + 1) + ",\"data_collection_order\":" + (order + 1)
                        + "},\"op\":\"" + op + "\",\"ts_ms\":" + told / 1_000 + ",\"ts_us\":" + told + ",\"ts_ns\":"
                        + told * 1_000 + "}")
                .getBytes(StandardCharsets.UTF_8);
    }
}
