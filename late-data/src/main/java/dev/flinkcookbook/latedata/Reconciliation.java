package dev.flinkcookbook.latedata;

import java.time.Instant;

/**
 * What the correction knows of a sensor's window. The order in which published results and late readings arrive makes no
 * difference to what comes out in the end.
 *
 * @param published the newest totals of the window job, {@link Totals#NONE} if it has published none
 * @param revision of those totals, or 0
 * @param late of all late readings
 * @param correctedReadings how many of them the newest correction counts
 * @param isDue whether something has changed since, and there is something to correct
 */
public record Reconciliation(
        String sensor,
        Instant from,
        Instant to,
        Totals published,
        long revision,
        Totals late,
        long correctedReadings,
        boolean isDue) {

    static Reconciliation of(WindowPart part) {
        return new Reconciliation(part.sensor(), part.from(), part.to(), Totals.NONE, 0, Totals.NONE, 0, false);
    }

    /** A late reading must be a new one; of results the one with the highest revision counts, however often it comes. */
    Reconciliation with(WindowPart part) {
        return part.isLateReading()
                ? new Reconciliation(
                        sensor, from, to, published, revision, late.plus(part.totals()), correctedReadings, true)
                : withResult(part);
    }

    private Reconciliation withResult(WindowPart result) {
        boolean isNewest = result.revision() >= revision;
        boolean isNews =
                result.revision() > revision || isNewest && !result.totals().equals(published);
        // What the window job writes, a repetition too, stands behind the corrections so far: one more must follow.
        boolean isInTheWay = result.kind() == WindowPart.Kind.RESULT;
        return new Reconciliation(
                sensor,
                from,
                to,
                isNewest ? result.totals() : published,
                isNewest ? result.revision() : revision,
                late,
                correctedReadings,
                isDue || late.count() > 0 && (isNews || isInTheWay));
    }

    /** Its revision is higher than any before, and the same whenever the same parts are known. */
    Correction correction() {
        WindowResult corrected = result(published.plus(late), WindowResult.Origin.CORRECTION, revision + late.count());
        return new Correction(
                corrected, revision == 0 ? null : result(published, WindowResult.Origin.WINDOW, revision));
    }

    private WindowResult result(Totals totals, WindowResult.Origin origin, long itsRevision) {
        return new WindowResult(sensor, from, to, totals, origin, itsRevision);
    }

    /** The state after that correction was published. */
    Reconciliation corrected() {
        return new Reconciliation(sensor, from, to, published, revision, late, late.count(), false);
    }
}
