package dev.flinkcookbook.measuringlatency;

/**
 * An event on its way.
 *
 * @param stamps null if it is not measured; a stamp that it has not got yet is 0
 */
public record Event(String id, String payload, Stamps stamps) {

    boolean isMeasured() {
        return stamps != null;
    }

    Event with(Stamps newer) {
        return new Event(id, payload, newer);
    }
}
