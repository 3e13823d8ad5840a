package dev.flinkcookbook.testbed;

import java.util.List;

/** What {@code ./cookbook run} and {@code ./cookbook chaos} must know of a recipe; stands in the recipe's test sources. */
public interface Recipe {

    /** As in {@code ./cookbook list}. */
    String name();

    /**
     * Reads the job's flags before anything starts.
     *
     * @return false if the flags asked for help, which was printed
     * @throws IllegalArgumentException one line: a flag that is wrong, or with which there would be no verdict
     */
    boolean accepts(Load load, String... jobFlags);

    /** What {@code ./cookbook run} generates unless it is told otherwise, and {@code chaos} at most as fast. */
    default Load load() {
        return new Load(50_000, 5_000, 1);
    }

    /** The faults that a {@link Scenario} of it brings about itself, besides those that any job can suffer. */
    default List<Fault> faults() {
        return List.of();
    }

    /**
     * One run of the job over generated input.
     *
     * @param jobFlags those that were accepted, and {@code --bootstrap-servers} and {@code --create-topics}
     */
    Scenario scenario(Load load, String... jobFlags);
}
