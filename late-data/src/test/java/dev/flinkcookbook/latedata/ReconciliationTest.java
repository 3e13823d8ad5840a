package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.time;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReconciliationTest {

    private static WindowPart published(long revision, long count, String sum) {
        return result(WindowPart.Kind.RESULT, revision, count, sum);
    }

    private static WindowPart carried(long revision, long count, String sum) {
        return result(WindowPart.Kind.CORRECTED_RESULT, revision, count, sum);
    }

    private static WindowPart result(WindowPart.Kind kind, long revision, long count, String sum) {
        Totals totals = new Totals(count, BigDecimal.ONE, BigDecimal.TEN, new BigDecimal(sum));
        return part(kind, totals, revision, null);
    }

    private static WindowPart late(String celsius) {
        return part(WindowPart.Kind.LATE_READING, Totals.of(new BigDecimal(celsius)), 0, "readings-0@" + celsius);
    }

    private static WindowPart part(WindowPart.Kind kind, Totals totals, long revision, String place) {
        return new WindowPart(null, kind, "s-1", time("10:00:00"), time("10:01:00"), totals, revision, place, 0, null);
    }

    private static Reconciliation of(WindowPart... parts) {
        return of(List.of(parts));
    }

    private static Reconciliation of(List<WindowPart> parts) {
        Reconciliation known = Reconciliation.of(parts.get(0));
        for (WindowPart part : parts) {
            known = known.with(part);
        }
        return known;
    }

    private static String correction(Reconciliation known) {
        return Readings.line(known.correction().result());
    }

    @Test
    void mergesTheNewestResultWithTheLateReadings() {
        Reconciliation known = of(published(1, 2, "11"), late("4"), published(2, 3, "16"), late("-3.5"));

        assertThat(known.isDue()).isTrue();
        assertThat(correction(known)).isEqualTo("s-1 10:00-10:01 count 5 min -3.5 max 10 sum 16.5 correction 4");
        assertThat(Readings.line(known.correction().of()))
                .isEqualTo("s-1 10:00-10:01 count 3 min 1 max 10 sum 16 window 2");
    }

    @Test
    void isOfLateReadingsAloneWhereNothingWasPublished() {
        Reconciliation known = of(late("4"), late("5"));

        assertThat(correction(known)).isEqualTo("s-1 10:00-10:01 count 2 min 4 max 5 sum 9 correction 2");
        assertThat(known.correction().of()).isNull();
    }

    @Test
    void hasNothingToCorrectWithoutLateReadings() {
        assertThat(of(published(1, 2, "11"), published(2, 3, "16")).isDue()).isFalse();
    }

    @Test
    void isDueAgainOnlyWhenSomethingHasChanged() {
        Reconciliation corrected = of(published(1, 2, "11"), late("4")).corrected();

        assertThat(corrected.isDue()).isFalse();
        assertThat(corrected.correctedReadings()).isEqualTo(1);
        assertThat(corrected.with(carried(1, 2, "11")))
                .as("the same result, in the correction itself")
                .isEqualTo(corrected);
        assertThat(corrected.with(carried(2, 3, "16")).isDue()).isTrue();
        assertThat(corrected.with(published(2, 3, "16")).isDue()).isTrue();
        assertThat(corrected.with(late("5")).isDue()).isTrue();
    }

    @Test
    void isDueAgainWhenAResultIsRepeatedSinceThatIsNowTheNewest() {
        Reconciliation corrected = of(published(2, 3, "16"), late("4")).corrected();

        for (WindowPart repeated : List.of(published(1, 2, "11"), published(2, 3, "16"))) {
            Reconciliation again = corrected.with(repeated);
            assertThat(again.isDue()).isTrue();
            assertThat(again.correction()).isEqualTo(corrected.correction());
        }
    }

    @Test
    void isNotMisledByAnOlderResult() {
        Reconciliation known = of(published(2, 3, "16"), late("4"));

        assertThat(known.with(published(1, 2, "11"))).isEqualTo(known);
        assertThat(known.with(carried(1, 2, "11"))).isEqualTo(known);
    }

    @Test
    void comesOutTheSameWhateverTheOrder() {
        Random random = new Random(5);
        List<WindowPart> parts = new ArrayList<>(List.of(
                published(1, 2, "11"),
                published(2, 3, "16"),
                published(3, 4, "20.25"),
                late("4"),
                late("-5.5"),
                late("0.001"),
                late("30")));
        String inOrder = correction(of(parts));
        for (int i = 0; i < 200; i++) {
            Collections.shuffle(parts, random);
            Reconciliation known = Reconciliation.of(parts.get(0));
            WindowResult newest = null;
            for (WindowPart part : parts) {
                known = known.with(part);
                if (known.isDue() && random.nextBoolean()) {
                    WindowResult next = known.correction().result();
                    if (!next.equals(newest)) {
                        assertThat(next.revision())
                                .as("another correction has a higher revision")
                                .isGreaterThan(newest == null ? 0 : newest.revision());
                    }
                    newest = next;
                    known = known.corrected();
                }
            }
            assertThat(correction(known)).isEqualTo(inOrder);
        }
    }
}
