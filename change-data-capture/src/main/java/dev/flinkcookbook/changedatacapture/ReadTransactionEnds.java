package dev.flinkcookbook.changedatacapture;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import java.io.IOException;
import java.util.Set;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Reads Debezium's transaction topic: {@code {"status":"END","id":"746:22167808","data_collections":[{"data_collection":"public.orders",
 * "event_count":1}]}}, in which the id is the transaction's and the LSN of its end. What stands there besides ends is passed over.
 */
final class ReadTransactionEnds extends ProcessFunction<KafkaRecord, TransactionEnd> {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Set<String> tables;

    /** @param tables whose changes count, with their schema: {@code public.orders} */
    ReadTransactionEnds(Set<String> tables) {
        this.tables = tables;
    }

    @Override
    public void processElement(KafkaRecord record, Context context, Collector<TransactionEnd> out) {
        if (record.value() == null) {
            return;
        }
        try {
            JsonNode json = payload(JSON.readTree(record.value()));
            switch (json.path("status").asText()) {
                case "BEGIN" -> {
                    // The changes themselves tell that it has begun.
                }
                case "END" -> out.collect(end(json));
                default -> throw new UnreadableChangeException("not-a-transaction", "status is neither BEGIN nor END");
            }
        } catch (UnreadableChangeException e) {
            context.output(SplitOutDeadLetters.DEAD_LETTERS, DeadLetters.of(record, e.reason(), e.getMessage()));
        } catch (IOException e) {
            context.output(
                    SplitOutDeadLetters.DEAD_LETTERS,
                    DeadLetters.of(record, "not-json", String.valueOf(e.getMessage())));
        }
    }

    /** With schemas, the record stands in it. */
    private static JsonNode payload(JsonNode json) {
        return json.path("payload").isObject() ? json.get("payload") : json;
    }

    private TransactionEnd end(JsonNode json) throws UnreadableChangeException {
        String[] id = json.path("id").asText().split(":", -1);
        try {
            if (id.length != 2) {
                throw new NumberFormatException();
            }
            int changes = 0;
            for (JsonNode collection : json.path("data_collections")) {
                if (tables.contains(collection.path("data_collection").asText())) {
                    changes += collection.path("event_count").asInt();
                }
            }
            long transaction = Long.parseLong(id[0]);
            long lsn = Long.parseLong(id[1]);
            // The last LSN of all would be the end of time.
            if (transaction <= 0 || lsn <= 0 || lsn == Long.MAX_VALUE) {
                throw new NumberFormatException();
            }
            return new TransactionEnd(transaction, lsn, changes);
        } catch (NumberFormatException e) {
            throw new UnreadableChangeException(
                    "not-a-transaction", "id is not the transaction's and the LSN of its end");
        }
    }
}
