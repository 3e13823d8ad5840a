package dev.flinkcookbook.deduplication;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Which fields of an event are read, as JSON pointers (RFC 6901).
 *
 * @param ids at least one; more make a composite id
 * @param timeOrNull null unless occurrences are judged in event time
 * @param versionOrNull null unless the latest version is kept
 */
record EventFields(List<String> ids, Time timeOrNull, String versionOrNull) implements Serializable {

    /** @param maxClockSkew how far the event's time may be ahead of the record's Kafka timestamp */
    record Time(String pointer, Duration maxClockSkew) implements Serializable {}

    EventFields {
        ids = List.copyOf(ids);
    }

    Optional<Time> time() {
        return Optional.ofNullable(timeOrNull);
    }

    Optional<String> version() {
        return Optional.ofNullable(versionOrNull);
    }
}
