package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.key;
import static dev.flinkcookbook.changedatacapture.Log.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.changedatacapture.OperatorUnderTest.Setting;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeepNewestOrderTest {

    private final OperatorUnderTest<EnrichedOrder, Void, EnrichedOrder> operator =
            Setting.of(new KeepNewestOrder(), EnrichedOrder::order).start();

    @AfterEach
    void close() {
        operator.close();
    }

    private static EnrichedOrder order(long id, long lsn) {
        return new EnrichedOrder(Long.toString(id), key(id), utf8("{}"), lsn);
    }

    private static EnrichedOrder deleted(long id, long lsn) {
        return new EnrichedOrder(Long.toString(id), key(id), null, lsn);
    }

    private List<String> passed(EnrichedOrder... orders) {
        operator.arrives(List.of(orders));
        return operator.output().stream()
                .map(EnrichedOrder.class::cast)
                .map(order -> order.order() + (order.value() == null ? " deleted at " : " at ") + order.lsn())
                .toList();
    }

    @Test
    void letsANewerOrderPassAndOneOfTheSameTransaction() {
        assertThat(passed(order(10, 1030), order(10, 1050), order(10, 1050), deleted(10, 1070)))
                .containsExactly("10 at 1030", "10 at 1050", "10 at 1050", "10 deleted at 1070");
    }

    /** It has moved: the subtask of the customer before is behind that of the new one. */
    @Test
    void holdsBackAnOlderOne() {
        assertThat(passed(order(10, 1050), deleted(10, 1030), order(10, 1040))).containsExactly("10 at 1050");
    }

    @Test
    void comparesWithTheSameOrderOnly() {
        assertThat(passed(order(10, 1050), order(11, 1030))).containsExactly("10 at 1050", "11 at 1030");
    }

    @Test
    void forgetsAnOrderAfterADay() {
        passed(order(10, 1050));
        operator.clock(Duration.ofDays(1).toMillis() - 1);
        assertThat(passed(order(10, 1030))).isEmpty();

        operator.clock(Duration.ofDays(1).toMillis());

        assertThat(passed(order(10, 1030))).containsExactly("10 at 1030");
    }
}
