package dev.flinkcookbook.changedatacapture;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a change of a row means to orders and customers. */
final class Parts {

    /** What a row refers to by a column that is null: nothing. */
    private static final String NOTHING = "null";

    private Parts() {}

    /**
     * A line that has moved leaves one order and joins another one; all else concerns one order or one customer.
     *
     * @param lsn where its transaction ends
     */
    static List<Part> of(Change change, long lsn, boolean whole) {
        if (change.hasLostItsForeignKey()) {
            return List.of(); // It is a dead letter too; orders keep what they had.
        }
        if (change.table() != Table.ORDER_LINES) {
            return List.of(part(change, change.id(), change.after(), lsn, whole));
        }
        List<Part> parts = new ArrayList<>(2);
        boolean moved = change.referred() != null && !change.referred().equals(change.refers());
        if (moved && !change.referred().equals(NOTHING)) {
            parts.add(part(change, change.referred(), null, lsn, whole));
        }
        if (change.refers() != null && !change.refers().equals(NOTHING)) {
            parts.add(part(change, change.refers(), change.after(), lsn, whole));
        }
        return parts;
    }

    private static Part part(Change change, String owner, byte[] row, long lsn, boolean whole) {
        String key = new String(change.key(), StandardCharsets.UTF_8);
        return new Part(owner, change.table(), key, row, change.refers(), lsn, change.transaction(), whole);
    }
}
