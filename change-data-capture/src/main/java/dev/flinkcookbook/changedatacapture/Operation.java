package dev.flinkcookbook.changedatacapture;

import java.util.Locale;

/** What has happened to a row. */
enum Operation {
    /** A snapshot has read it. */
    READ,
    /** Likewise, and it is the last row of its table. */
    READ_LAST,
    INSERT,
    UPDATE,
    DELETE,
    /** All rows of the table are deleted. */
    TRUNCATE,
    /** A snapshot of the table is complete: a row that it has not read is deleted. */
    SNAPSHOT_COMPLETE,
    /** Nothing that was not known: a change that came again, or came too late. It still counts for its transaction. */
    STALE;

    /** As in the audit: {@code insert}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
