package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In a time of the test's own: it passes when the sender waits, and when a send stands still. */
class OpenLoopSenderTest {

    private static final OpenLoopSchedule EVERY_TEN_MILLIS = new OpenLoopSchedule(1_000, 100);

    private record Sent(long event, long dueAt, long leftAt) {}

    private static final class TestClock implements OpenLoopSender.Clock {
        private long now = 1_000;

        @Override
        public long millis() {
            return now;
        }

        /** Wakes too early at first, as a thread may. */
        @Override
        public void waitUntil(long millis) {
            now += Math.max(1, (millis - now) / 2);
        }
    }

    private final TestClock clock = new TestClock();
    private final List<Sent> sent = new ArrayList<>();

    private void send(int events, long stalledEvent, long stallMillis) throws InterruptedException {
        new OpenLoopSender(EVERY_TEN_MILLIS, clock).send(events, (event, dueAt) -> {
            if (event == stalledEvent) {
                clock.now += stallMillis;
            }
            sent.add(new Sent(event, dueAt, clock.now));
        });
    }

    @Test
    void eachEventLeavesWhenItIsDue() throws Exception {
        send(4, -1, 0);

        assertThat(sent)
                .containsExactly(
                        new Sent(0, 1_000, 1_000),
                        new Sent(1, 1_010, 1_010),
                        new Sent(2, 1_020, 1_020),
                        new Sent(3, 1_030, 1_030));
    }

    @Test
    void aStallDelaysWhatLeavesAndNotWhatIsStamped() throws Exception {
        send(6, 1, 25);

        assertThat(sent)
                .containsExactly(
                        new Sent(0, 1_000, 1_000),
                        new Sent(1, 1_010, 1_035),
                        new Sent(2, 1_020, 1_035),
                        new Sent(3, 1_030, 1_035),
                        new Sent(4, 1_040, 1_040),
                        new Sent(5, 1_050, 1_050));
    }

    @Test
    void theSystemsClockCanBeInterrupted() {
        Thread.currentThread().interrupt();

        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> OpenLoopSender.SYSTEM.waitUntil(Long.MAX_VALUE));
    }

    @Test
    void theSystemsClockNeverLetsAnEventLeaveBeforeItIsDue() throws Exception {
        long start = OpenLoopSender.SYSTEM.millis() + 5;
        OpenLoopSchedule schedule = new OpenLoopSchedule(start, 1_000);

        new OpenLoopSender(schedule, OpenLoopSender.SYSTEM)
                .send(20, (event, dueAt) -> sent.add(new Sent(event, dueAt, OpenLoopSender.SYSTEM.millis())));

        assertThat(sent).hasSize(20).allSatisfy(event -> {
            assertThat(event.dueAt()).isEqualTo(start + event.event());
            assertThat(event.leftAt()).isGreaterThanOrEqualTo(event.dueAt());
        });
    }
}
