package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/** The recipe's meter, which counts from when an event was due, beside the control, which counts from when it was sent. */
class OverloadTest {

    private static final int DELAY = 10;

    @Test
    void bothMetersReportAnInjectedDelayWhereNothingQueues() {
        OpenLoopSchedule half = new OpenLoopSchedule(0, 50);

        assertThat(percentiles(fromDue(new OneServer(DELAY).openLoop(half, 1_000))))
                .containsExactly(10, 10, 10);
        assertThat(percentiles(fromSent(new OneServer(DELAY).closedLoop(half, 1_000))))
                .containsExactly(10, 10, 10);
    }

    @Test
    void atTwiceTheCapacityTheLatencyGrowsWithTheQueue() {
        OpenLoopSchedule twice = new OpenLoopSchedule(0, 200);

        // Every 5 ms an event comes and every 10 ms one goes: the n-th, counted from 0, waits 5 n + 10 ms.
        List<OneServer.Served> served = new OneServer(DELAY).openLoop(twice, 1_000);

        assertThat(served.stream().map(event -> event.answered() - event.due()))
                .startsWith(10L, 15L, 20L, 25L)
                .endsWith(4_995L, 5_000L, 5_005L);
        assertThat(percentiles(fromDue(served))).containsExactly(2_505, 4_955, 5_007);
    }

    @Test
    void control_aClosedLoopReportsTheServiceTimeOfAJobAtTwiceItsCapacity() {
        OpenLoopSchedule twice = new OpenLoopSchedule(0, 200);

        List<OneServer.Served> served = new OneServer(DELAY).closedLoop(twice, 1_000);

        assertThat(percentiles(fromSent(served))).containsExactly(10, 10, 10);
        // The same events, counted from when they were due: the queue stood in the sender.
        assertThat(percentiles(fromDue(served))).containsExactly(2_505, 4_955, 5_007);
    }

    @Test
    void aStallIsChargedToEveryEventThatItDelays() {
        OpenLoopSchedule hundred = new OpenLoopSchedule(0, 100);

        LatencyHistogram ours = fromDue(new OneServer(1).standStillUntil(1_000).openLoop(hundred, 1_000));
        LatencyHistogram control =
                fromSent(new OneServer(1).standStillUntil(1_000).closedLoop(hundred, 1_000));

        // The n-th event, counted from 0, waits 1001 - 9 n ms until the queue is gone; ten of a thousand are above the
        // p99.
        assertThat(percentiles(ours)).containsExactly(1, 911, 1_001);
        // One event alone, the first: it hides above the p99.
        assertThat(percentiles(control)).containsExactly(1, 1, 1_001);
    }

    private static LatencyHistogram fromDue(List<OneServer.Served> served) {
        return of(served, event -> event.answered() - event.due());
    }

    private static LatencyHistogram fromSent(List<OneServer.Served> served) {
        return of(served, event -> event.answered() - event.sent());
    }

    private static LatencyHistogram of(List<OneServer.Served> served, ToLongFunction<OneServer.Served> latency) {
        LatencyHistogram histogram = new LatencyHistogram();
        served.forEach(event -> histogram.record(latency.applyAsLong(event)));
        return histogram;
    }

    private static long[] percentiles(LatencyHistogram histogram) {
        return new long[] {histogram.percentile(50), histogram.percentile(99), histogram.percentile(100)};
    }
}
