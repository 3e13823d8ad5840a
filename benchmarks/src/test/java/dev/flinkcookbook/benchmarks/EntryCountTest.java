package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class EntryCountTest {
    private final EntryCount count = new EntryCount(2, 2);

    private void come(long... transfers) {
        for (long transfer : transfers) {
            count.add(transfer);
        }
    }

    @Test
    void isCompleteWithTwoOfEachInAnyOrder() {
        come(1, 0, 1);
        assertThat(count.isComplete()).isFalse();

        come(0);
        assertThat(count.isComplete()).isTrue();
        assertThatCode(count::requireComplete).doesNotThrowAnyException();
    }

    @Test
    void tellsWhatIsMissing() {
        come(0, 0, 1);

        assertThatThrownBy(count::requireComplete).hasMessage("1 records are missing, the first of transfer 1: 1 of 2");
    }

    @Test
    void refusesOneTooManyAlsoWhereAnotherIsMissing() {
        come(0, 0);

        assertThatThrownBy(() -> come(0)).hasMessage("transfer 0 came out more than 2 times");
    }

    @Test
    void refusesWhatNeverWentIn() {
        assertThatThrownBy(() -> come(2)).hasMessage("transfer 2 came out and never went in");
    }
}
