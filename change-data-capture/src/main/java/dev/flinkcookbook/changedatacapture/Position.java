package dev.flinkcookbook.changedatacapture;

/**
 * Where a version of a row stands in the database's log. LSNs are Postgres's positions in it, in bytes.
 *
 * <p>Versions of one row compare by which transaction was committed before theirs, and within a transaction by {@code lsn} and
 * {@code order}. LSNs alone are not enough:
 *
 * <ul>
 *   <li>A transaction that was open while a snapshot was read has changes whose LSN is before the snapshot's, and the snapshot has not
 *       seen them.
 *   <li>An insertion stands in the log before Postgres looks for another row with its key. If it then waits for a transaction that
 *       deletes that row, the deletion may have the higher LSN.
 * </ul>
 *
 * @param commit the end of the transaction that was committed before this one; of a row read by a snapshot the LSN of that snapshot;
 *     {@link #UNKNOWN} in the first transaction after a snapshot
 * @param lsn of the change itself; 0 for a row read by a snapshot
 * @param order of the change within its transaction, from 1: a change of the primary key is two changes with one LSN
 */
record Position(long commit, long lsn, int order) {

    /** Of the first transaction that a connector tells after a snapshot. */
    static final long UNKNOWN = -1;

    static Position ofSnapshot(long lsn) {
        return new Position(lsn, 0, 0);
    }

    boolean isOfSnapshot() {
        return lsn == 0;
    }

    /** Whether this version of a row is newer than the other version of the same row. */
    boolean isAfter(Position other) {
        if (isOfSnapshot()) {
            return other.isOfSnapshot() ? commit > other.commit : !other.isCommittedAfter(commit);
        }
        if (other.isOfSnapshot()) {
            return commit == UNKNOWN || isCommittedAfter(other.commit);
        }
        if (commit != other.commit && commit != UNKNOWN && other.commit != UNKNOWN) {
            return commit > other.commit;
        }
        return lsn != other.lsn ? lsn > other.lsn : order > other.order;
    }

    /** Of a streamed change: whether a snapshot at that LSN cannot have seen it. */
    private boolean isCommittedAfter(long snapshot) {
        return commit == UNKNOWN ? lsn >= snapshot : commit >= snapshot;
    }

    /**
     * The same place, as it is published: compared field by field, commit first, it is above the version before.
     *
     * @param before null if there is none
     */
    Position following(Position before) {
        return commit != UNKNOWN ? this : new Position(before == null ? 0 : before.commit, lsn, order);
    }

    /** As in the header of a view's record. */
    @Override
    public String toString() {
        return commit + "/" + lsn + "/" + order;
    }
}
