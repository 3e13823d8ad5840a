package dev.flinkcookbook.testbed;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.util.SerializedThrowable;

/**
 * The one line that says why something failed: of an exception, or of the stack trace that a JobManager has sent. It is
 * the first cause that says something of its own; wrappers and Flink's layers around a failure do not.
 */
public final class RootCause {
    private static final String CAUSED_BY = "Caused by: ";
    private static final Pattern HEADER = Pattern.compile("([\\w$]+(?:\\.[\\w$]+)+)(?:: (.*))?", Pattern.DOTALL);
    private static final Set<String> WRAPPERS = Set.of(
            "java.util.concurrent.ExecutionException",
            "java.util.concurrent.CompletionException",
            "java.lang.reflect.InvocationTargetException",
            "java.lang.reflect.UndeclaredThrowableException");

    /** How messages of Flink's layers begin that are in exceptions of Java's: they name where, and not what was wrong. */
    private static final List<String> LAYERS = List.of(
            "Could not complete the stream element:",
            "Could not perform checkpoint ",
            "One or more Kafka Producer send requests have encountered exception");

    /** The message is null where there is none. */
    private record Cause(String className, String message) {
        static Cause of(Throwable thrown) {
            return new Cause(thrown.getClass().getName(), thrown.getMessage());
        }

        /** As {@link Throwable#toString()} writes it; anything else is a message without a class. */
        static Cause of(String header) {
            Matcher matcher = HEADER.matcher(header);
            return matcher.matches() ? new Cause(matcher.group(1), matcher.group(2)) : new Cause("", header);
        }

        boolean saysNothingOfItsOwn(Cause next) {
            return className.startsWith("org.apache.flink.")
                    || WRAPPERS.contains(className)
                    || message == null
                    || message.equals(next.toString())
                    || LAYERS.stream().anyMatch(message::startsWith);
        }

        String line() {
            String name = className.substring(className.lastIndexOf('.') + 1).replaceFirst(".*\\$", "");
            if (message == null) {
                return name;
            }
            // The class adds nothing to what a job says of itself before it starts, or to what a flag is told. And a
            // serialized exception stands for one of another class, which its message names.
            boolean complete = className.isEmpty()
                    || className.equals(IllegalStateException.class.getName())
                    || className.equals(SerializedThrowable.class.getName())
                    || message.startsWith("--");
            return complete ? oneLine(message) : name + ": " + oneLine(message);
        }

        @Override
        public String toString() {
            return message == null ? className : className + ": " + message;
        }
    }

    private RootCause() {}

    /** Of an exception. */
    public static String line(Throwable thrown) {
        List<Cause> causes = new ArrayList<>();
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            causes.add(Cause.of(cause));
        }
        return line(causes);
    }

    /** Of what {@link Throwable#printStackTrace()} writes; a text that is no stack trace is its own line. */
    public static String line(String stackTrace) {
        List<StringBuilder> headers = new ArrayList<>();
        for (String line : stackTrace.lines().toList()) {
            if (headers.isEmpty() || line.startsWith(CAUSED_BY)) {
                headers.add(new StringBuilder(line.startsWith(CAUSED_BY) ? line.substring(CAUSED_BY.length()) : line));
            } else if (!line.startsWith("\t")) {
                headers.get(headers.size() - 1).append('\n').append(line); // A message of several lines.
            }
        }
        return line(headers.stream()
                .map(header -> Cause.of(header.toString().strip()))
                .toList());
    }

    private static String line(List<Cause> causes) {
        int found = 0;
        while (found < causes.size() - 1 && causes.get(found).saysNothingOfItsOwn(causes.get(found + 1))) {
            found++;
        }
        return causes.isEmpty() ? "" : causes.get(found).line();
    }

    /** A text without its line breaks. */
    public static String oneLine(String message) {
        return message.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
