package dev.flinkcookbook.measuringlatency;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.Verdict;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Whether each event came out once, and how long each stage of its way took, as a consumer of committed records saw it. */
final class LatencyOracle {

    private static final JsonMapper JSON = new JsonMapper();

    private final Set<String> sent = new HashSet<>();
    private final Map<String, Integer> seen = new HashMap<>();
    private final StageLatencies latencies = new StageLatencies();
    private final LatencyOverTime overTime;
    private long garbage;
    private long deadLetters;

    /** @param run about how long it lasts */
    LatencyOracle(Duration run) {
        overTime = new LatencyOverTime(run);
    }

    synchronized void input(ConsumerRecord<byte[], byte[]> record) {
        try {
            sent.add(JSON.readTree(record.value()).get("id").asText());
        } catch (IOException e) {
            garbage++;
        }
    }

    /** @param seenAt when the consumer got it, in milliseconds since the epoch */
    synchronized void output(ConsumerRecord<byte[], byte[]> record, long seenAt) {
        try {
            JsonNode result = JSON.readTree(record.value());
            seen.merge(result.get("id").asText(), 1, Integer::sum);
            if (!result.has("readAt")) {
                return; // One of those that are not measured.
            }
            Stamps stamps = stamps(result);
            latencies.record(stamps, seenAt);
            overTime.record(stamps, seenAt);
        } catch (IOException e) {
            throw new IllegalStateException("a result that is no JSON", e);
        }
    }

    /** Of a result that is measured. */
    static Stamps stamps(JsonNode result) {
        return new Stamps(
                result.get("sentAt").asLong(),
                result.get("kafkaTimestamp").asLong(),
                result.get("readAt").asLong(),
                result.get("operatorIn").asLong(),
                result.get("windowOver").asLong(),
                result.get("released").asLong(),
                result.get("operatorOut").asLong());
    }

    synchronized void deadLetter() {
        deadLetters++;
    }

    synchronized long percentile(Stage stage, double percentile) {
        return latencies.of(stage).percentile(percentile);
    }

    /** The page about the run; see {@link LatencyReport#html}. */
    synchronized String report(
            Map<String, ?> run, List<FlinkRest.CheckpointRun> checkpoints, List<FlinkRest.JobFailure> failures)
            throws IOException {
        return LatencyReport.html(run, latencies, overTime, checkpoints, failures);
    }

    synchronized Verdict verdict() {
        long lost = sent.stream().filter(id -> !seen.containsKey(id)).count();
        long delivered = seen.values().stream().mapToLong(Integer::longValue).sum();
        long once = sent.stream().filter(seen::containsKey).count();
        LatencyHistogram endToEnd = latencies.of(Stage.END_TO_END);
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("p50_ms", endToEnd.percentile(50));
        more.put("p99_ms", endToEnd.percentile(99));
        more.put("p999_ms", endToEnd.percentile(99.9));
        more.put("negatives", endToEnd.negatives());
        return new Verdict(
                lost == 0 && delivered == once && deadLetters == garbage && !sent.isEmpty(),
                sent.size(),
                delivered,
                lost,
                delivered - once,
                deadLetters,
                more);
    }
}
