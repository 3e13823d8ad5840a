package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;

/** What Java can send to no other process. */
enum Signal {
    /** Stops it in its tracks. */
    STOP,

    /** Lets it go on. */
    CONT;

    /** @throws IllegalStateException if there is no such process */
    void send(long pid) {
        try {
            int exitCode = new ProcessBuilder("kill", "-" + this, Long.toString(pid))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (exitCode != 0) {
                throw new IllegalStateException("kill -" + this + " " + pid + " failed: the process is gone");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in the middle of kill -" + this + " " + pid, e);
        }
    }
}
