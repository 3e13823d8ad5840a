package dev.flinkcookbook.testbed;

import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * {@code ./cookbook job}: runs a job's own main class (args[0]) with its flags (the rest) in this JVM, and turns what it
 * throws into an exit code, because a job's main must not call {@code System.exit} itself. Wrong flags, an
 * {@link IllegalArgumentException}: its message on standard error, 2. An {@link IllegalStateException}: its message, 1.
 * Anything else: class and message of the cause, 1;
 * with {@code -Dcookbook.stacktrace=true} or {@code COOKBOOK_STACKTRACE=1} also the stack trace.
 */
public final class JobCommand {
    static final int FAILED = 1;
    static final int WRONG_CALL = 2;

    private JobCommand() {}

    /** Runs the job and ends this JVM. */
    public static void main(String[] args) {
        boolean stackTrace =
                Boolean.getBoolean("cookbook.stacktrace") || "1".equals(System.getenv("COOKBOOK_STACKTRACE"));
        // Not at once: a wrong flag or a missing topic is answered with its one line alone.
        CompletableFuture.delayedExecutor(3, TimeUnit.SECONDS)
                .execute(() -> System.err.println("working; Ctrl-C stops it"));
        System.exit(run(args, System.err, stackTrace));
    }

    static int run(String[] args, PrintStream errors, boolean stackTrace) {
        if (args.length == 0) {
            errors.println("job: got no class, expected MAIN_CLASS [flags of the job]");
            return WRONG_CALL;
        }
        Method main;
        try {
            main = Class.forName(args[0]).getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
        } catch (ClassNotFoundException | NoSuchMethodException e) {
            errors.println("job: got '" + args[0] + "', expected a class with a main method");
            return WRONG_CALL;
        }
        try {
            main.invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
            return 0;
        } catch (InvocationTargetException e) {
            return report(e.getCause(), errors, stackTrace);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int report(Throwable thrown, PrintStream errors, boolean stackTrace) {
        Optional<String> wrongFlag = wrongFlag(thrown);
        errors.println(wrongFlag.orElseGet(() -> RootCause.line(thrown)));
        if (stackTrace) {
            thrown.printStackTrace(errors);
        }
        return wrongFlag.isPresent() ? WRONG_CALL : FAILED;
    }

    /** The message of an IllegalArgumentException, unless it comes out of Flink: then it is a bug in a running job. */
    private static Optional<String> wrongFlag(Throwable thrown) {
        for (Throwable cause = thrown; cause != null && !isFlinks(cause); cause = cause.getCause()) {
            if (cause instanceof IllegalArgumentException) {
                return Optional.of(
                        cause.getMessage() == null ? RootCause.line(cause) : RootCause.oneLine(cause.getMessage()));
            }
        }
        return Optional.empty();
    }

    private static boolean isFlinks(Throwable cause) {
        return cause.getClass().getName().startsWith("org.apache.flink.");
    }
}
