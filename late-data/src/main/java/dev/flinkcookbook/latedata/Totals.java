package dev.flinkcookbook.latedata;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * What is known of a set of readings. Two of disjoint sets make one of both, in any order and to the last digit: that is why the
 * sum is a decimal, and why it is the sum that is kept and not the mean.
 *
 * @param min 0 if there is no reading, as {@code max}
 */
public record Totals(long count, BigDecimal min, BigDecimal max, BigDecimal sum) {

    private static final int DECIMALS_OF_A_MEAN = 6;

    static final Totals NONE = new Totals(0, BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO);

    static Totals of(BigDecimal celsius) {
        return new Totals(1, celsius, celsius, celsius);
    }

    Totals plus(BigDecimal celsius) {
        return count == 0 ? of(celsius) : new Totals(count + 1, min.min(celsius), max.max(celsius), sum.add(celsius));
    }

    Totals plus(Totals other) {
        if (count == 0 || other.count == 0) {
            return count == 0 ? other : this;
        }
        return new Totals(count + other.count, min.min(other.min), max.max(other.max), sum.add(other.sum));
    }

    BigDecimal mean() {
        return sum.divide(BigDecimal.valueOf(count), DECIMALS_OF_A_MEAN, RoundingMode.HALF_EVEN);
    }
}
