package dev.flinkcookbook.queryevolutionsql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A script that cannot be executed. The message is one line, and says where in the script. */
final class SqlException extends IllegalArgumentException {

    /** As Flink's parser and validator write it, in the middle of a sentence. */
    private static final Pattern POSITION =
            Pattern.compile("(?:at|From|At) line (\\d+), column (\\d+)(?: to line \\d+, column \\d+)?[:.]?\\s*");

    SqlException(String message) {
        super(message);
    }

    private SqlException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Of what Flink says of a statement: the innermost message, its first line, with the position in front. */
    static SqlException of(Throwable flink) {
        Throwable innermost = flink;
        Matcher position = null;
        for (Throwable cause = flink; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            Matcher matcher = POSITION.matcher(message);
            if (matcher.find() && position == null) {
                position = matcher;
            }
            if (cause.getMessage() != null) {
                innermost = cause;
            }
        }
        String message = firstLine(String.valueOf(innermost.getMessage()));
        String text = POSITION.matcher(message).replaceFirst("").strip();
        return new SqlException(
                position == null ? text : "line " + position.group(1) + ", column " + position.group(2) + ": " + text,
                flink);
    }

    private static String firstLine(String message) {
        return message.strip().lines().findFirst().orElse("");
    }
}
