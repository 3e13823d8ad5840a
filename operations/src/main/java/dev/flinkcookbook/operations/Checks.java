package dev.flinkcookbook.operations;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The checks before anything is touched, a line each. All that can be made are made, also after one has refused. */
final class Checks {
    /** What a check has found. */
    record Found<T>(T value, String detail) {}

    /** A check; what it throws is why it refuses. */
    interface Check<T> {
        Found<T> check() throws Exception;
    }

    private final Display display;
    private final List<String> refusals = new ArrayList<>();

    Checks(Display display) {
        this.display = display;
    }

    <T> Optional<T> check(String name, Check<T> check) {
        try {
            Found<T> found = check.check();
            display.say("check=" + name + " ok: " + found.detail());
            return Optional.of(found.value());
        } catch (Exception e) {
            String why = e.getMessage() == null ? e.toString() : e.getMessage();
            display.say("check=" + name + " refused: " + why);
            refusals.add(name + ": " + why);
            return Optional.empty();
        }
    }

    void notMade(String name, String why) {
        display.say("check=" + name + " not-made: " + why);
    }

    List<String> refusals() {
        return refusals;
    }
}
