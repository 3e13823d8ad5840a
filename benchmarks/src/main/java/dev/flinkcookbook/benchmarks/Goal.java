package dev.flinkcookbook.benchmarks;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import java.util.Optional;

/**
 * A ratio that the recipe must reach, and whether it did.
 *
 * @param isCeiling whether less is better
 * @param ratio empty if it was not measured
 */
record Goal(
        String what,
        String against,
        boolean isCeiling,
        double must,
        double aim,
        String aimText,
        Optional<Spread> ratio) {

    /** More is better. */
    static Goal floor(String what, String against, double must, double aim, Optional<Spread> ratio) {
        return new Goal(what, against, false, must, aim, "≥ " + times(aim), ratio);
    }

    /** Less is better. */
    static Goal ceiling(String what, String against, double must, double aim, Optional<Spread> ratio) {
        return new Goal(what, against, true, must, aim, "≤ " + times(aim), ratio);
    }

    String mustText() {
        return (isCeiling ? "≤ " : "≥ ") + times(must);
    }

    /** In plain words. */
    String verdict() {
        if (ratio.isEmpty()) {
            return "not measured";
        }
        double measured = ratio.get().median();
        if (reaches(measured, aim)) {
            return "met, and the aim";
        }
        return reaches(measured, must) ? "met, not the aim" : "**missed**";
    }

    private boolean reaches(double measured, double bound) {
        return isCeiling ? measured <= bound : measured >= bound;
    }

    private static String times(double value) {
        // 0.95 and 0.8, but not 0.80.
        return new DecimalFormat("0.0#", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(value) + " ×";
    }
}
