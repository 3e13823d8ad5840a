package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Makes rows of the records of the views; what is none goes to the dead letters. */
final class ReadView extends ProcessFunction<KafkaRecord, ReadModelRow> {

    static final OutputTag<KafkaRecord> DEAD_LETTERS = new OutputTag<>("dead-letters") {};

    private transient ViewReader reader;
    private transient Counter rows;
    private transient Counter deadLetters;

    @Override
    public void open(OpenContext context) {
        reader = new ViewReader();
        // Rows of the views that were read. Worry: it stands still while the views change.
        rows = getRuntimeContext().getMetricGroup().counter("rows");
        // Records that could not be read and went to the dead letter topic. Worry: it grows.
        deadLetters = getRuntimeContext().getMetricGroup().counter("deadLetters");
    }

    @Override
    public void processElement(KafkaRecord record, Context context, Collector<ReadModelRow> out) {
        String source = record.topic().substring(record.topic().lastIndexOf('.') + 1);
        try {
            out.collect(reader.read(source, record));
            rows.inc();
        } catch (UnreadableViewException e) {
            context.output(DEAD_LETTERS, DeadLetters.of(record, e.reason(), e.getMessage()));
            deadLetters.inc();
        }
    }
}
