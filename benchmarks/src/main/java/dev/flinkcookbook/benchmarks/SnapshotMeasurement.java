package dev.flinkcookbook.benchmarks;

/**
 * One snapshot, taken and restored.
 *
 * @param millis from the request until it is complete
 * @param bytes of the files that it wrote
 * @param inFlightBytes of these, changes that were on their way between operators
 * @param usableMillis from the submission until every subtask has given an output
 * @param readMillis from the submission until every key has been read and changed once
 */
record SnapshotMeasurement(
        SnapshotKind kind, double millis, long bytes, long inFlightBytes, double usableMillis, double readMillis) {

    /** As one word. */
    String encoded() {
        return "%s,%s,%d,%d,%s,%s".formatted(kind.name(), millis, bytes, inFlightBytes, usableMillis, readMillis);
    }

    static SnapshotMeasurement decoded(String word) {
        String[] parts = word.split(",");
        return new SnapshotMeasurement(
                SnapshotKind.valueOf(parts[0]),
                Double.parseDouble(parts[1]),
                Long.parseLong(parts[2]),
                Long.parseLong(parts[3]),
                Double.parseDouble(parts[4]),
                Double.parseDouble(parts[5]));
    }
}
