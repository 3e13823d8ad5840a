package dev.flinkcookbook.exactlyonce;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.connector.kafka.sink.TwoPhaseCommittingStatefulSink;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPostCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/** The job's own KafkaSink, which does all the work, with a {@link Gate} at each step of it. */
final class GatedSink
        implements TwoPhaseCommittingStatefulSink<LedgerEntry, KafkaWriterState, KafkaCommittable>,
                SupportsPostCommitTopology<KafkaCommittable> {

    private final KafkaSink<LedgerEntry> sink;
    private final Gate gate;
    private final boolean forgetful;

    GatedSink(KafkaSink<LedgerEntry> sink, Gate gate) {
        this(sink, gate, false);
    }

    private GatedSink(KafkaSink<LedgerEntry> sink, Gate gate, boolean forgetful) {
        this.sink = sink;
        this.gate = gate;
        this.forgetful = forgetful;
    }

    /** With a bug that only a crash can bring to light: what the restored checkpoint wants committed is not. */
    static GatedSink thatForgets(KafkaSink<LedgerEntry> sink, Gate gate) {
        return new GatedSink(sink, gate, true);
    }

    @Override
    public PrecommittingStatefulSinkWriter<LedgerEntry, KafkaWriterState, KafkaCommittable> createWriter(
            WriterInitContext context) throws IOException {
        return new GatedWriter(sink.createWriter(context));
    }

    @Override
    public PrecommittingStatefulSinkWriter<LedgerEntry, KafkaWriterState, KafkaCommittable> restoreWriter(
            WriterInitContext context, Collection<KafkaWriterState> recoveredState) {
        return new GatedWriter(sink.restoreWriter(context, recoveredState));
    }

    @Override
    public Committer<KafkaCommittable> createCommitter(CommitterInitContext context) {
        return new GatedCommitter(sink.createCommitter(context));
    }

    @Override
    public SimpleVersionedSerializer<KafkaWriterState> getWriterStateSerializer() {
        return sink.getWriterStateSerializer();
    }

    @Override
    public SimpleVersionedSerializer<KafkaCommittable> getCommittableSerializer() {
        return sink.getCommittableSerializer();
    }

    @Override
    public void addPostCommitTopology(DataStream<CommittableMessage<KafkaCommittable>> committables) {
        sink.addPostCommitTopology(committables);
    }

    @SuppressWarnings("try") // Flink's own close() may be interrupted.
    private final class GatedWriter
            implements PrecommittingStatefulSinkWriter<LedgerEntry, KafkaWriterState, KafkaCommittable> {
        private final PrecommittingStatefulSinkWriter<LedgerEntry, KafkaWriterState, KafkaCommittable> writer;

        GatedWriter(PrecommittingStatefulSinkWriter<LedgerEntry, KafkaWriterState, KafkaCommittable> writer) {
            this.writer = writer;
        }

        @Override
        public void write(LedgerEntry entry, Context context) throws IOException, InterruptedException {
            writer.write(entry, context);
        }

        @Override
        public void flush(boolean endOfInput) throws IOException, InterruptedException {
            gate.pass(Gate.Step.BEFORE_THE_FLUSH);
            writer.flush(endOfInput);
        }

        @Override
        public Collection<KafkaCommittable> prepareCommit() throws IOException, InterruptedException {
            Collection<KafkaCommittable> committables = writer.prepareCommit();
            gate.pass(Gate.Step.AFTER_THE_PRE_COMMIT);
            return committables;
        }

        @Override
        public List<KafkaWriterState> snapshotState(long checkpointId) throws IOException {
            return writer.snapshotState(checkpointId);
        }

        @Override
        public void close() throws Exception {
            writer.close();
        }
    }

    @SuppressWarnings("try")
    private final class GatedCommitter implements Committer<KafkaCommittable> {
        private final Committer<KafkaCommittable> committer;

        GatedCommitter(Committer<KafkaCommittable> committer) {
            this.committer = committer;
        }

        @Override
        public void commit(Collection<CommitRequest<KafkaCommittable>> requests)
                throws IOException, InterruptedException {
            if (requests.isEmpty()) { // Nothing was written since the last checkpoint.
                committer.commit(requests);
                return;
            }
            gate.pass(Gate.Step.BEFORE_THE_COMMIT);
            committer.commit(forgetful ? notRestored(requests) : requests);
            gate.pass(Gate.Step.AFTER_THE_COMMIT);
        }

        /** One that comes out of the state has lost its producer. */
        private Collection<CommitRequest<KafkaCommittable>> notRestored(
                Collection<CommitRequest<KafkaCommittable>> requests) {
            return requests.stream()
                    .filter(request -> request.getCommittable().getProducer().isPresent())
                    .toList();
        }

        @Override
        public void close() throws Exception {
            committer.close();
        }
    }
}
