package dev.flinkcookbook.latedata;

/**
 * A window of a sensor, as state.
 *
 * @param revision how often it was published; at 0 all its readings are pending, otherwise none is
 */
public record OpenWindow(Totals totals, long revision) {

    static final OpenWindow EMPTY = new OpenWindow(Totals.NONE, 0);

    OpenWindow plus(Totals more) {
        return new OpenWindow(totals.plus(more), revision);
    }

    OpenWindow published() {
        return new OpenWindow(totals, revision + 1);
    }

    /** Readings that no published result has counted yet. */
    long pending() {
        return revision == 0 ? totals.count() : 0;
    }
}
