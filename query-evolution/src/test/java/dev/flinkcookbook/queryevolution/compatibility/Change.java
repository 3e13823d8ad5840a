package dev.flinkcookbook.queryevolution.compatibility;

import static dev.flinkcookbook.queryevolution.compatibility.Upgrade.Snapshot.CANONICAL_SAVEPOINT;
import static dev.flinkcookbook.queryevolution.compatibility.Upgrade.Snapshot.CHECKPOINT_WITH_RECORDS_IN_FLIGHT;

import dev.flinkcookbook.queryevolution.compatibility.Upgrade.Outcome;
import dev.flinkcookbook.queryevolution.compatibility.Upgrade.Snapshot;
import java.util.List;
import java.util.stream.Stream;

/** A row of the matrix: a change, and what must come out of it. */
final class Change {

    private final String name;
    private Query before;
    private Query after;
    private Snapshot snapshot = CANONICAL_SAVEPOINT;
    private boolean lenient;
    private List<Event> eventsBefore = eventsOf("a 1 0", "a 2 1", "b 5 0");
    private List<Event> eventsAfter = eventsOf("a 10 2", "b 20 2");
    private List<String> expected = List.of("a=13", "b=25");
    private boolean lastOnly;
    private String message;
    private String advice;

    private Change(String name) {
        this.name = name;
    }

    static Change change(String name) {
        return new Change(name);
    }

    String name() {
        return name;
    }

    Change from(Query query) {
        before = query;
        return this;
    }

    Change to(Query query) {
        after = query;
        return this;
    }

    /** Another snapshot than a canonical savepoint. */
    Change by(Snapshot kind) {
        snapshot = kind;
        return this;
    }

    /** With {@code ignore-unclaimed-state}. */
    Change lenient() {
        lenient = true;
        return this;
    }

    /** Other events than a 1, a 2, b 5 before the snapshot: {@code a 7 1} is a value of 7 for a after a second. */
    Change events(String... before) {
        eventsBefore = eventsOf(before);
        return this;
    }

    /** Other events than a 10, b 20 after it. */
    Change then(String... after) {
        eventsAfter = eventsOf(after);
        return this;
    }

    /** What the new query writes if it has all that it should; a=13 and b=25 unless it is said. */
    Change expecting(String... results) {
        expected = Stream.of(results).sorted().toList();
        return this;
    }

    /** By a checkpoint with the events of before in flight. Each of them is worth 1, so the last result of a key is the highest. */
    Change inFlight() {
        snapshot = CHECKPOINT_WITH_RECORDS_IN_FLIGHT;
        lastOnly = true;
        return this;
    }

    /** What stands in the place of a message that is another one each time. */
    Change failing(String how) {
        message = how;
        return this;
    }

    Change advice(String advice) {
        this.advice = advice;
        return this;
    }

    String row(Upgrade upgrade) throws Exception {
        return "| %s | %s | %s |\n".formatted(name, verdict(upgrade), advice);
    }

    private String verdict(Upgrade upgrade) throws Exception {
        Outcome outcome = upgrade.run(before, eventsBefore, snapshot, after, eventsAfter, lenient);
        if (outcome.failure() != null) {
            String where = outcome.inTheOldJob() ? "fails, and the old query with it" : "fails";
            return where + (message == null ? ": `" + outcome.failure() + "`" : " " + message);
        }
        List<String> results = lastOnly ? lastOfEachKey(outcome.results()) : outcome.results();
        if (results.equals(expected)) {
            return "restores";
        }
        if (outcome.results().equals(upgrade.anew(after, eventsAfter))) {
            return "**silently loses**";
        }
        return "**silently corrupts**: " + String.join(", ", results) + " instead of " + String.join(", ", expected);
    }

    private static List<String> lastOfEachKey(List<String> results) {
        return Stream.of("a", "b")
                .map(key -> key + "="
                        + results.stream()
                                .filter(result -> result.startsWith(key + "="))
                                .mapToInt(result -> Integer.parseInt(result.substring(2)))
                                .max()
                                .orElse(0))
                .toList();
    }

    private static List<Event> eventsOf(String... events) {
        return Stream.of(events)
                .map(event -> event.split(" "))
                .map(parts -> new Event(parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]) * 1_000L))
                .toList();
    }
}
