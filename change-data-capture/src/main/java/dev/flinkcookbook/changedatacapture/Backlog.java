package dev.flinkcookbook.changedatacapture;

import java.io.Serializable;

/** What stands in the topics and has not been processed. */
interface Backlog extends Serializable {

    /**
     * Whether everything has been processed that stood in the topics at some moment since then.
     *
     * @param since in milliseconds since the epoch
     * @param now likewise
     */
    boolean isProcessed(long since, long now) throws Exception;

    /** Called once, at the end. */
    default void close() {}
}
