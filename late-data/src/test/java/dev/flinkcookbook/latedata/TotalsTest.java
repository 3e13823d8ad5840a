package dev.flinkcookbook.latedata;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TotalsTest {

    private static Totals of(String... celsius) {
        return Stream.of(celsius).map(BigDecimal::new).reduce(Totals.NONE, Totals::plus, Totals::plus);
    }

    @Test
    void areExactWhereDoublesAreNot() {
        assertThat(of("0.1", "0.2")).isEqualTo(new Totals(2, dec("0.1"), dec("0.2"), dec("0.3")));
        assertThat(of("123456789.000000001", "-123456789"))
                .extracting(Totals::sum)
                .isEqualTo(dec("0.000000001"));
    }

    @Test
    void haveAMeanToSixDecimals() {
        assertThat(of("20", "21.4", "22").mean()).isEqualTo(dec("21.133333"));
        assertThat(of("-0.0000005").mean()).as("half to even").isEqualTo(dec("0.000000"));
    }

    @Test
    void ofNothingAddNothing() {
        assertThat(Totals.NONE.plus(Totals.NONE)).isEqualTo(Totals.NONE);
        assertThat(Totals.NONE.plus(of("-5"))).isEqualTo(of("-5"));
        assertThat(of("-5").plus(Totals.NONE)).isEqualTo(of("-5"));
    }

    @Test
    void areTheSameHoweverTheReadingsAreCutAndOrdered() {
        Random random = new Random(11);
        List<String> readings =
                new ArrayList<>(Stream.generate(() -> random.nextInt(-999, 999) + "." + random.nextInt(999))
                        .limit(60)
                        .toList());
        Totals whole = of(readings.toArray(String[]::new));
        for (int i = 0; i < 100; i++) {
            Collections.shuffle(readings, random);
            int cut = random.nextInt(readings.size() + 1);
            Totals first = of(readings.subList(0, cut).toArray(String[]::new));
            Totals second = of(readings.subList(cut, readings.size()).toArray(String[]::new));
            assertThat(first.plus(second)).isEqualTo(whole);
        }
    }

    private static BigDecimal dec(String number) {
        return new BigDecimal(number);
    }
}
