package dev.flinkcookbook.testbed;

import java.time.Duration;

/**
 * How much input to generate.
 *
 * @param events how many records
 * @param rate records a second
 * @param seed the same seed gives the same events in the same order
 */
public record Load(long events, long rate, long seed) {

    /** How long it takes to send all of it. */
    public Duration duration() {
        return Duration.ofSeconds(events / rate);
    }
}
