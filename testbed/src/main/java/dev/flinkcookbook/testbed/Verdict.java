package dev.flinkcookbook.testbed;

import java.util.Map;

/**
 * What an oracle says of a run.
 *
 * @param pass whether the job kept what it promises
 * @param expected outputs that there must be
 * @param delivered outputs that there are
 * @param lost expected outputs that are absent
 * @param duplicated surplus copies
 * @param deadLetters dead letters that there are
 * @param more the recipe's own, in the order in which they are to be read
 */
public record Verdict(
        boolean pass,
        long expected,
        long delivered,
        long lost,
        long duplicated,
        long deadLetters,
        Map<String, ?> more) {

    /** The last line of a run: space-separated {@code key=value}. */
    public String line(String recipe, long seed, long produced, Map<String, ?> ofTheRun) {
        StringBuilder line = new StringBuilder("verdict=" + (pass ? "PASS" : "FAIL") + " recipe=" + recipe + " seed="
                + seed + " produced=" + produced + " expected=" + expected + " delivered=" + delivered + " lost="
                + lost + " duplicated=" + duplicated + " dead_letters=" + deadLetters);
        more.forEach((name, value) -> line.append(' ').append(name).append('=').append(value));
        ofTheRun.forEach(
                (name, value) -> line.append(' ').append(name).append('=').append(value));
        return line.toString();
    }
}
