package dev.flinkcookbook.testbed;

/** A JobManager refused, or none answered. The message is the one line that says why: Flink's own root cause. */
public final class FlinkRestException extends RuntimeException {
    /** The status code where nobody answered. */
    static final int UNREACHABLE = 0;

    private final int statusCode;
    private final String details;

    FlinkRestException(int statusCode, String line, String details) {
        super(line);
        this.statusCode = statusCode;
        this.details = details;
    }

    FlinkRestException(String line, Throwable cause) {
        super(line, cause);
        this.statusCode = UNREACHABLE;
        this.details = cause.toString();
    }

    /** HTTP's status code. */
    public int statusCode() {
        return statusCode;
    }

    /** Whether nobody answered. */
    public boolean isUnreachable() {
        return statusCode == UNREACHABLE;
    }

    /**
     * Whether the same question may get an answer a moment later: nobody is there, nobody leads, or the one who was asked
     * still believes in a leader that is gone.
     */
    public boolean isTransient() {
        return isUnreachable()
                || statusCode == 503
                || details.contains("org.apache.flink.runtime.rpc.exceptions.")
                || details.contains("TimeoutException: Invocation of ");
    }

    /** Whether the JobManager does not know the job: Flink says so with 404 or with 500, as it comes. */
    boolean isAboutAnUnknownJob() {
        return statusCode == 404 || details.contains("FlinkJobNotFoundException");
    }

    /** All that the JobManager said, with its stack traces. */
    public String details() {
        return details;
    }
}
