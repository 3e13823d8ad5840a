package dev.flinkcookbook.deduplication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.ChaosCommand;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The shaded jar on processes of their own; {@code ./cookbook chaos deduplication} does the same for longer. */
class DeduplicationChaosIT {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

    /** The seed's two faults. */
    @Test
    void forwardsEachPaymentOnceWhenATaskManagerAndTheBrokerAreKilled() {
        int exitCode;
        try (PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
                PrintStream progressTo = new PrintStream(progress, true, StandardCharsets.UTF_8)) {
            exitCode = ChaosCommand.run(
                    new DeduplicationDemo(),
                    new String[] {"--faults", "2", "--seed", "25", "--rate", "500"},
                    to,
                    progressTo);
        }

        assertThat(exitCode).as(() -> out + "\n" + progress).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains(" lost=0 duplicated=0 ", " altered=0 ", " faults=2 ");
        assertThat(progress.toString(StandardCharsets.UTF_8)).contains("task-manager-kill", "broker-kill");
    }
}
