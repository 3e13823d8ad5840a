package dev.flinkcookbook.queryevolutionsql;

import dev.flinkcookbook.queryevolutionsql.SchemaChange.Table;
import dev.flinkcookbook.testbed.FailureMessage;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.api.common.JobID;

/** A statement that reads an Avro topic from the beginning, run by the job's own main, and writes what it has read as JSON. */
final class AvroStatement implements AutoCloseable {

    /**
     * What has become of it.
     *
     * @param failure the message of what made it fail; null if it did not
     * @param rows what it has written
     */
    record Outcome(String failure, List<String> rows) {}

    private final FlinkExtension flink;
    private final String servers;
    private final String output = Topics.unique("results");
    private final JobID job;

    AvroStatement(FlinkExtension flink, String servers, SchemaRegistry registry, AvroTopic input, Table table)
            throws Exception {
        this.flink = flink;
        this.servers = servers;
        Topics.create(servers, output, 1);
        job = StatementMain.start(
                flink,
                List.of(
                        "--script=src/test/resources/avro-payments.sql",
                        "--bootstrap-servers=" + servers,
                        "--variable=registry=" + registry.url(),
                        "--variable=input-topic=" + input.name(),
                        "--variable=output-topic=" + output,
                        "--variable=columns=" + table.allColumns(),
                        "--variable=options=" + table.options()));
    }

    /** Waits until it has written so many rows, or has failed. */
    Outcome await(int rows) {
        StatementOnKafka.patiently().until(() -> written() >= rows || hasEnded());
        if (!hasEnded()) {
            return new Outcome(null, rows());
        }
        return new Outcome(failure(), List.of());
    }

    /** Waits until this row is there. At a restart it writes some once more, so their number says nothing. */
    void awaitRow(String row) {
        StatementOnKafka.patiently().until(() -> rows().contains(row));
    }

    private List<String> rows() {
        return TopicReader.readAll(servers, output).stream()
                .map(record -> new String(record.value(), StandardCharsets.UTF_8))
                .toList();
    }

    /** Waits until it has failed, however much it writes until then; the message. */
    String awaitFailure() {
        StatementOnKafka.patiently().until(this::hasEnded);
        return failure();
    }

    private String failure() {
        Throwable failure = flink.client()
                .requestJobResult(job)
                .join()
                .getSerializedThrowable()
                .orElseThrow();
        return FailureMessage.of(failure, 110);
    }

    private long written() {
        return TopicReader.endOffsets(servers, output).get(0);
    }

    private boolean hasEnded() {
        return flink.client().getJobStatus(job).join().isGloballyTerminalState();
    }

    /** Ends it, if it still runs. */
    @Override
    public void close() {
        if (!hasEnded()) {
            flink.client().cancel(job).join();
            flink.client().requestJobResult(job).join();
        }
    }
}
