package dev.flinkcookbook.changedatacapture;

/**
 * A transaction of which something has come, and not yet everything.
 *
 * @param changes how many have come
 * @param expected how many there are; {@link #UNKNOWN} before its end has come
 * @param end its LSN; {@link #UNKNOWN} before it has come
 * @param after the end of the transaction before it; {@link #UNKNOWN} before a change of it waits
 * @param since when the first of it came, in milliseconds since the epoch
 * @param giveUpAt when to ask whether the rest will ever come, likewise
 * @param state whether somebody waits for it
 */
public record OpenTransaction(int changes, int expected, long end, long after, long since, long giveUpAt, State state) {

    enum State {
        WAITING,
        /** What comes of it is passed on at once. */
        RELEASED,
        /** All of it has come; it is remembered until event time has reached its end, for it may be told again. */
        FINISHED
    }

    static final int UNKNOWN = -1;

    static OpenTransaction begun(long now, long giveUpAt) {
        return new OpenTransaction(0, UNKNOWN, UNKNOWN, UNKNOWN, now, giveUpAt, State.WAITING);
    }

    OpenTransaction withChange() {
        return new OpenTransaction(changes + 1, expected, end, after, since, giveUpAt, state);
    }

    OpenTransaction behind(long transactionBefore) {
        return new OpenTransaction(changes, expected, end, transactionBefore, since, giveUpAt, state);
    }

    OpenTransaction ended(TransactionEnd by) {
        return new OpenTransaction(changes, by.changes(), by.lsn(), after, since, giveUpAt, state);
    }

    OpenTransaction waitingUntil(long later) {
        return new OpenTransaction(changes, expected, end, after, since, later, state);
    }

    OpenTransaction withoutWaiting() {
        return new OpenTransaction(changes, expected, end, after, since, giveUpAt, State.RELEASED);
    }

    OpenTransaction finished() {
        return new OpenTransaction(changes, expected, end, after, since, giveUpAt, State.FINISHED);
    }

    boolean released() {
        return state == State.RELEASED;
    }

    boolean isFinished() {
        return state == State.FINISHED;
    }

    /** Whether event time must not reach it yet. */
    boolean holdsTime() {
        return state == State.WAITING && (hasEnded() || after != UNKNOWN);
    }

    /** Up to where event time may go. */
    long holdsTimeAt() {
        return hasEnded() ? end - 1 : after;
    }

    boolean hasEnded() {
        return expected != UNKNOWN;
    }

    boolean isComplete() {
        return hasEnded() && changes >= expected;
    }
}
