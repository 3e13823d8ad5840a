package dev.flinkcookbook.operations;

import java.io.PrintWriter;

/**
 * In what state things are, for whoever interrupts the command: it is said before each thing that is done. Once it has been
 * told to a person, the command does nothing further.
 */
final class Situation {
    private String state = "nothing was touched";
    private String todo = "nothing is to be done";
    private Ending.Kind kind = Ending.Kind.REFUSED;
    private Runnable tidyUp = () -> {};
    private boolean over;

    /** What is the case from now on, and what a person is to do about it; with a thing to tidy up on the way out. */
    synchronized void is(Ending.Kind ifInterrupted, String state, String todo, Runnable tidyUp) {
        while (over) {
            try {
                wait(); // For the end of this JVM.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
        this.kind = ifInterrupted;
        this.state = state;
        this.todo = todo;
        this.tidyUp = tidyUp;
    }

    void is(Ending.Kind ifInterrupted, String state, String todo) {
        is(ifInterrupted, state, todo, () -> {});
    }

    /** How it would be called if it ended now. */
    synchronized Ending.Kind ifInterrupted() {
        return kind;
    }

    synchronized String text() {
        return state + "; " + todo;
    }

    /** The command has said all that there is to say. */
    synchronized void ended() {
        over = true;
    }

    /** Ctrl-C. */
    synchronized void interrupted(PrintWriter out, PrintWriter errors, String job) {
        if (over) {
            return;
        }
        over = true;
        errors.println();
        errors.println("interrupted: " + state);
        errors.println("to do: " + todo);
        try {
            tidyUp.run();
        } catch (RuntimeException e) {
            errors.println("could not tidy up: " + e.getMessage());
        }
        out.println("upgrade=" + kind + " job=" + job + " interrupted=true");
        errors.flush();
        out.flush();
    }
}
