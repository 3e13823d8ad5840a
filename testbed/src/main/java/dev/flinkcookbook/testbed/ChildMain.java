package dev.flinkcookbook.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/** What every {@link ChildJvm} runs first: args[0] is the main class that it was started for, the rest its arguments. */
final class ChildMain {
    private static final int PARENT_GONE = 1;

    private static volatile Consumer<String> listener = line -> {};

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

    /** From now on, hands what {@link ChildJvm#tell} sends to the listener; its thread must not block. */
    static void listen(Consumer<String> listener) {
        ChildMain.listener = listener;
    }

    /**
     * The parent holds the other end of standard input: the end of the stream means that the parent is gone, also by
     * kill -9, which no shutdown hook in the parent can see.
     */
    private static void endWithParent(InputStream parent) {
        Thread watch = new Thread(
                () -> {
                    try (BufferedReader lines =
                            new BufferedReader(new InputStreamReader(parent, StandardCharsets.UTF_8))) {
                        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                            listener.accept(line);
                        }
                    } catch (IOException alsoTheEnd) {
                        // A broken pipe says the same.
                    } finally {
                        Runtime.getRuntime().halt(PARENT_GONE);
                    }
                },
                "end-with-parent");
        watch.setDaemon(true);
        watch.start();
    }
}
