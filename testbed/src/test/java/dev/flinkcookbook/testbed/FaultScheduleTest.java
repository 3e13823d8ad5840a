package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FaultScheduleTest {

    private static final int KINDS = Fault.values().length;

    @Test
    void isTheSameForTheSameSeed() {
        assertThat(FaultSchedule.of(7, 100)).isEqualTo(FaultSchedule.of(7, 100));
        assertThat(FaultSchedule.of(7, 100).faults())
                .isNotEqualTo(FaultSchedule.of(8, 100).faults());
    }

    @Test
    void startsWithTheSameFaultsWhenItIsShorter() {
        assertThat(FaultSchedule.of(7, 100).faults())
                .startsWith(FaultSchedule.of(7, 12).faults().toArray(Fault[]::new));
    }

    @Test
    void hasEachKindOnceBeforeAnyComesAgain() {
        List<Fault> faults = FaultSchedule.of(7, 3 * KINDS).faults();

        for (int round = 0; round < 3; round++) {
            assertThat(faults.subList(round * KINDS, (round + 1) * KINDS)).containsExactlyInAnyOrder(Fault.values());
        }
    }
}
