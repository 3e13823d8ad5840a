package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FaultScheduleTest {

    private static final List<Fault> OF_A_DATABASE =
            List.of(Fault.CONNECTOR_KILL, Fault.CONNECTOR_PAUSE, Fault.DATABASE_KILL);

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

    /** Reports and tests name seeds: a new kind of fault must not change what they stand for. */
    @Test
    void keepsTheFaultsOfAPublishedSeed() {
        assertThat(FaultSchedule.of(7, 5).faults())
                .containsExactly(
                        Fault.RESCALE,
                        Fault.JOB_MANAGER_KILL,
                        Fault.BROKER_KILL,
                        Fault.TASK_MANAGER_KILL,
                        Fault.TASK_FAILURE);
    }

    @Test
    void hasEachKindOnceBeforeAnyComesAgain() {
        assertHasEachKindOnce(FaultSchedule.of(7, 3 * Fault.OF_ANY_JOB.size()).faults(), Fault.OF_ANY_JOB);
    }

    @Test
    void hasTheFaultsOfARecipeOnlyForThatRecipe() {
        List<Fault> all = List.of(Fault.values());

        assertHasEachKindOnce(FaultSchedule.of(7, 3 * all.size(), OF_A_DATABASE).faults(), all);
        assertThat(FaultSchedule.of(7, 100).faults()).doesNotContainAnyElementsOf(OF_A_DATABASE);
    }

    private static void assertHasEachKindOnce(List<Fault> faults, List<Fault> kinds) {
        for (int round = 0; round < 3; round++) {
            assertThat(faults.subList(round * kinds.size(), (round + 1) * kinds.size()))
                    .containsExactlyInAnyOrderElementsOf(kinds);
        }
    }
}
