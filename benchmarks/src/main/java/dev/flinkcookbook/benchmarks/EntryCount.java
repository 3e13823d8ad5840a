package dev.flinkcookbook.benchmarks;

/** Counts for each transfer how often it came out, and refuses what came out too often. For one thread. */
final class EntryCount {
    private final byte[] entries;
    private final int ofEach;
    private long missing;

    /**
     * @param transfers numbered from 0
     * @param ofEach how many records there must be of each
     */
    EntryCount(long transfers, int ofEach) {
        this.entries = new byte[Math.toIntExact(transfers)];
        this.ofEach = ofEach;
        this.missing = transfers * ofEach;
    }

    /** @throws IllegalStateException there is one too many of this transfer, or it was never sent */
    void add(long transfer) {
        if (transfer >= entries.length) {
            throw new IllegalStateException("transfer " + transfer + " came out and never went in");
        }
        if (entries[(int) transfer] == ofEach) {
            throw new IllegalStateException("transfer %d came out more than %d times".formatted(transfer, ofEach));
        }
        entries[(int) transfer]++;
        missing--;
    }

    boolean isComplete() {
        return missing == 0;
    }

    /** @throws IllegalStateException some are missing; with their number and the first of them */
    void requireComplete() {
        for (int transfer = 0; missing > 0; transfer++) {
            if (entries[transfer] < ofEach) {
                throw new IllegalStateException("%d records are missing, the first of transfer %d: %d of %d"
                        .formatted(missing, transfer, entries[transfer], ofEach));
            }
        }
    }
}
