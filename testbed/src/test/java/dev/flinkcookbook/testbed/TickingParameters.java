package dev.flinkcookbook.testbed;

import java.util.List;
import java.util.Optional;

/** The flags of {@link TickingJob}, as a recipe has them: what {@link SubmitCommand} asks first. */
final class TickingParameters {
    private TickingParameters() {}

    static Optional<TickingParameters> from(String... args) {
        if (List.of(args).contains("--help")) {
            System.out.println("flags of the ticking job");
            return Optional.empty();
        }
        if (List.of(args).contains("--rate")) {
            throw new IllegalArgumentException("--rate: got 'x',\n expected a whole number");
        }
        return Optional.of(new TickingParameters());
    }
}
