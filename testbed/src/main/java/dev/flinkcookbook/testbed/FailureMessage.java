package dev.flinkcookbook.testbed;

import org.apache.flink.util.SerializedThrowable;

/** What a failure comes to, in a row of a page that a test makes: the same each time. */
public final class FailureMessage {

    private FailureMessage() {}

    /**
     * The root cause, without what is another one each time: ids, addresses, folders.
     *
     * @param longest in characters; what is longer ends with a whole word
     */
    public static String of(Throwable failure, int longest) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        // What comes from the cluster is a SerializedThrowable, which has the name in its message.
        String line = root instanceof SerializedThrowable ? root.getMessage() : root.toString();
        String message = line.lines()
                .findFirst()
                .orElse("")
                .replaceFirst("Failed to rollback to checkpoint/savepoint .*?\\. (?=[A-Z][a-z]+ )", "")
                .replaceFirst(
                        "Cannot map checkpoint/savepoint state for operator \\S+",
                        "Cannot map checkpoint/savepoint state for operator …")
                .replace("org.apache.flink.avro.generated.", "")
                .replaceAll("\\b[0-9a-f]{32}(_\\S+)?", "…")
                .replaceAll("\\b([a-z]\\w*\\.){2,}(?=[A-Z])", "")
                .replaceAll("@[0-9a-f]{4,8}\\b", "")
                .replace("|", "\\|");
        return message.length() <= longest ? message : message.substring(0, message.lastIndexOf(' ', longest)) + " …";
    }
}
