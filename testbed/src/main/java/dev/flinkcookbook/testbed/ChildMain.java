package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;

/** What every {@link ChildJvm} runs first: args[0] is the main class that it was started for, the rest its arguments. */
final class ChildMain {
    private static final int PARENT_GONE = 1;

    private ChildMain() {}

    public static void main(String[] args) throws Throwable {
        endWithParent(System.in);
        Method main = Class.forName(args[0]).getDeclaredMethod("main", String[].class);
        main.setAccessible(true);
        try {
            main.invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /**
     * The parent holds the other end of standard input and never writes: the end of the stream means that the parent is
     * gone, also by kill -9, which no shutdown hook in the parent can see.
     */
    private static void endWithParent(InputStream parent) {
        Thread watch = new Thread(
                () -> {
                    try {
                        while (parent.read() >= 0) {
                            // Nothing is expected; whatever comes is not the end.
                        }
                    } catch (IOException alsoTheEnd) {
                        // A broken pipe says the same.
                    }
                    Runtime.getRuntime().halt(PARENT_GONE);
                },
                "end-with-parent");
        watch.setDaemon(true);
        watch.start();
    }
}
