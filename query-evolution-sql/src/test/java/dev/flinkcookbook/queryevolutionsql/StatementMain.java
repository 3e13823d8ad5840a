package dev.flinkcookbook.queryevolutionsql;

import dev.flinkcookbook.testbed.FlinkExtension;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.client.JobStatusMessage;

/** The job's own main, in a thread of its own: on a MiniCluster it returns only when its job has ended. */
final class StatementMain {

    private StatementMain() {}

    /**
     * Starts a job that has no end, and returns when it runs.
     *
     * @throws CompletionException what main has thrown instead
     */
    static JobID start(FlinkExtension flink, List<String> args) throws Exception {
        List<JobID> before = running(flink);
        CompletableFuture<Void> main = CompletableFuture.runAsync(() -> {
            try {
                SqlStatementJob.main(args.toArray(String[]::new));
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
        return StatementOnKafka.patiently()
                .until(
                        () -> {
                            if (main.isCompletedExceptionally()) {
                                main.join();
                            }
                            return running(flink).stream()
                                    .filter(job -> !before.contains(job))
                                    .findFirst()
                                    .orElse(null);
                        },
                        job -> job != null);
    }

    private static List<JobID> running(FlinkExtension flink) throws Exception {
        return flink.client().listJobs().get().stream()
                .filter(job -> job.getJobState() == JobStatus.RUNNING)
                .map(JobStatusMessage::getJobId)
                .toList();
    }
}
