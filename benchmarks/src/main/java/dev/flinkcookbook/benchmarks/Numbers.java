package dev.flinkcookbook.benchmarks;

import java.util.Locale;

/** Numbers as the reports write them. */
final class Numbers {
    private Numbers() {}

    /** {@code 5,000,000} */
    static String whole(double value) {
        return String.format(Locale.ROOT, "%,d", Math.round(value));
    }

    /** {@code 1.2} */
    static String oneDigit(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /** {@code 0.87 ×}, with the least and the greatest where there are several */
    static String ratio(Spread ratio) {
        String median = String.format(Locale.ROOT, "%.2f ×", ratio.median());
        return ratio.least() == ratio.greatest()
                ? median
                : median + String.format(Locale.ROOT, " (%.2f–%.2f)", ratio.least(), ratio.greatest());
    }

    /** {@code 1,043} or {@code 5.2}, with the least and the greatest where they differ */
    static String millis(Spread millis) {
        String merged = millis(millis.median());
        return millis.least() == millis.greatest()
                ? merged
                : merged + " (" + millis(millis.least()) + "–" + millis(millis.greatest()) + ")";
    }

    private static String millis(double millis) {
        return millis < 10 ? oneDigit(millis) : whole(millis);
    }

    /** {@code 124 (120–127)}, in thousands */
    static String thousands(Spread rate) {
        return whole(rate.median() / 1e3) + " (" + whole(rate.least() / 1e3) + "–" + whole(rate.greatest() / 1e3) + ")";
    }
}
