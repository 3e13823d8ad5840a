package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class OpenLoopScheduleTest {

    @Test
    void roundingDoesNotAddUp() {
        OpenLoopSchedule three = new OpenLoopSchedule(1_000, 3);

        assertThat(LongStream.range(0, 5).map(three::dueAt)).containsExactly(1_000L, 1_333L, 1_666L, 2_000L, 2_333L);
        assertThat(three.dueAt(3_000_000)).isEqualTo(1_000_001_000L);
    }

    @Test
    void aScheduleHasARate() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new OpenLoopSchedule(0, 0))
                .withMessage("eventsPerSecond: got 0, expected at least 1");
    }
}
