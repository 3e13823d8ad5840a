package dev.flinkcookbook.deduplication;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Forwards an occurrence when its version is higher than any forwarded before for its id. The record's key becomes the id as
 * JSON, so that a compacted topic keeps the newest of each. The retention starts anew with each version that is forwarded.
 */
final class KeepLatest extends KeyedProcessFunction<Id, Occurrence, KafkaRecord> {

    private static final JsonFactory JSON = JsonFactory.builder()
            // Otherwise characters beyond the basic plane become two escapes, and nobody finds the key by its bytes.
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private final Duration retention;
    private final EventFields fields;

    private transient ValueState<Version> latest;
    private transient OccurrenceReader reader;
    private transient DuplicateMetrics metrics;
    private transient Counter olderDropped;
    private transient Counter deadLetters;

    KeepLatest(Duration retention, EventFields fields) {
        this.retention = retention;
        this.fields = fields;
    }

    @Override
    public void open(OpenContext context) {
        ValueStateDescriptor<Version> descriptor =
                new ValueStateDescriptor<>("latest-version", TypeInformation.of(Version.class));
        descriptor.enableTimeToLive(Retention.since(retention).build());
        latest = getRuntimeContext().getState(descriptor);
        reader = new OccurrenceReader(fields);
        metrics = new DuplicateMetrics(getRuntimeContext().getMetricGroup());
        // Records with an older version than the newest of their id. Worry: its share changes suddenly.
        olderDropped = getRuntimeContext().getMetricGroup().counter("olderVersionsDropped");
        // Records whose version cannot be compared with the newest one; they went to the dead letter topic. Worry: it
        // grows.
        deadLetters = getRuntimeContext().getMetricGroup().counter("deadLetters");
    }

    @Override
    public void processElement(Occurrence occurrence, Context context, Collector<KafkaRecord> out) throws Exception {
        KafkaRecord record = occurrence.record();
        Version version = occurrence.version();
        Version known = latest.value();
        if (known != null && !version.isComparableTo(known)) {
            deadLetters.inc();
            context.output(
                    SplitOutDeadLetters.DEAD_LETTERS,
                    DeadLetters.of(
                            record,
                            "version-not-comparable",
                            "an integer and an instant do not compare; this id has had the other kind"));
        } else if (known == null || version.isNewerThan(known)) {
            latest.update(version);
            metrics.forwarded();
            out.collect(record.withKey(json(reader.idValues(record))));
        } else {
            if (known.isNewerThan(version)) {
                olderDropped.inc();
            } else {
                metrics.dropped();
            }
            context.output(KeepFirst.DUPLICATES, record);
        }
    }

    /** {@code "p-1"} or {@code 1} for one id field, {@code ["a-7",1]} for several: the type stays visible, as in the hash. */
    private static byte[] json(Object[] id) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator generator = JSON.createGenerator(bytes)) {
            if (id.length > 1) {
                generator.writeStartArray();
            }
            for (Object part : id) {
                if (part instanceof String text) {
                    generator.writeString(text);
                } else if (part instanceof Long number) {
                    generator.writeNumber(number);
                } else if (part instanceof BigDecimal number) {
                    generator.writeNumber(number);
                } else {
                    generator.writeBoolean((Boolean) part);
                }
            }
        }
        return bytes.toByteArray();
    }
}
