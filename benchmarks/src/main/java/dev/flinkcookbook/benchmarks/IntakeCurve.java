package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How many records a source had taken in at which time. */
final class IntakeCurve {

    /** @param seconds since any fixed point */
    record Sample(double seconds, long records) {}

    private final List<Sample> samples;

    /** @param samples in the order of time */
    IntakeCurve(List<Sample> samples) {
        this.samples = List.copyOf(samples);
    }

    static IntakeCurve read(Path file) throws IOException {
        List<Sample> samples = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            String[] parts = line.split(" ");
            samples.add(new Sample(Long.parseLong(parts[0]) / 1e6, Long.parseLong(parts[1])));
        }
        return new IntakeCurve(samples);
    }

    long last() {
        return samples.get(samples.size() - 1).records();
    }

    /** Records per second from a third of the records to the last one: without start-up and first compilation. */
    double steadyRate(long records) {
        return rate(records / 3, records);
    }

    /** Records per second while the count went from the one to the other. */
    double rate(long from, long to) {
        return (to - from) / (timeOf(to) - timeOf(from));
    }

    /** When the count was reached, in a straight line between the two samples around it. */
    private double timeOf(long records) {
        Sample before = samples.get(0);
        for (Sample sample : samples) {
            if (sample.records() >= records) {
                long step = sample.records() - before.records();
                double share = step == 0 ? 1 : (records - before.records()) / (double) step;
                return before.seconds() + share * (sample.seconds() - before.seconds());
            }
            before = sample;
        }
        throw new IllegalStateException("the source has taken in " + last() + " records, expected " + records);
    }
}
