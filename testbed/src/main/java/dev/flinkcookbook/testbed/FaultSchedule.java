package dev.flinkcookbook.testbed;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Which faults happen, one after the other. The same seed gives the same ones in the same order; each kind comes once before any
 * comes again.
 */
public record FaultSchedule(long seed, List<Fault> faults) {

    public FaultSchedule {
        faults = List.copyOf(faults);
    }

    /** A schedule of so many faults that any job can suffer. */
    public static FaultSchedule of(long seed, int count) {
        return of(seed, count, List.of());
    }

    /**
     * A schedule of so many faults.
     *
     * @param more kinds of faults besides those that any job can suffer
     */
    public static FaultSchedule of(long seed, int count, List<Fault> more) {
        List<Fault> kinds = new ArrayList<>(Fault.OF_ANY_JOB);
        kinds.addAll(more);
        Random random = new Random(seed);
        List<Fault> faults = new ArrayList<>();
        while (faults.size() < count) {
            List<Fault> round = new ArrayList<>(kinds);
            Collections.shuffle(round, random);
            faults.addAll(round.subList(0, Math.min(round.size(), count - faults.size())));
        }
        return new FaultSchedule(seed, faults);
    }

    boolean has(Fault fault) {
        return faults.contains(fault);
    }
}
