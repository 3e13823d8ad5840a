package dev.flinkcookbook.testbed;

/** Something to clean up if this JVM ends before its owner did it. */
final class AtExit {
    private final Thread hook;

    private AtExit(Thread hook) {
        this.hook = hook;
    }

    static AtExit run(Runnable cleanUp) {
        Thread hook = new Thread(cleanUp, "testbed-at-exit");
        Runtime.getRuntime().addShutdownHook(hook);
        return new AtExit(hook);
    }

    void cancel() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyEnding) {
            // The hook is running now, or its work is done: either way there is nothing left to cancel.
        }
    }
}
