package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource.NumberSequenceSplit;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimitedSourceReader;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/** A job that counts a hundred numbers a second, for ever; or it fails in the way that its first argument asks for. */
public final class TickingJob {
    private static final int KEYS = 10;
    private static final double RATE = 100;

    private TickingJob() {}

    /** The job in a jar of its own, as a recipe's shaded jar is. */
    static Path jar(Path folder) {
        Path jar = folder.resolve("ticking-job.jar");
        Path classes = Path.of(TickingJob.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath());
        String prefix = TickingJob.class.getName().replace('.', '/');
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, TickingJob.class.getName());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                Stream<Path> files = Files.list(classes.resolve(prefix).getParent())) {
            for (Path file : files.toList()) {
                String name = classes.relativize(file).toString();
                if (name.startsWith(prefix)) {
                    out.putNextEntry(new JarEntry(name));
                    Files.copy(file, out);
                    out.closeEntry();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return jar;
    }

    public static void main(String[] args) throws Exception {
        switch (args.length == 0 ? "" : args[0]) {
            case "" -> count();
            case "wrong-flag" -> throw new IllegalArgumentException("--rate: got 'x',\n expected a whole number");
            case "no-topic" ->
                throw new IllegalStateException("topic orders does not exist", new IOException("what the broker said"));
            case "environment" ->
                throw new IllegalStateException("KAFKA is at " + System.getenv("KAFKA_BOOTSTRAP_SERVERS"));
            case "class-path" -> throw new IllegalStateException(System.getProperty("java.class.path"));
            default -> throw new UnsupportedOperationException(args[0]);
        }
    }

    private static void count() throws Exception {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment
                .fromSource(new Ticks(), WatermarkStrategy.noWatermarks(), "ticks", Types.LONG)
                .uid("ticks")
                .keyBy(number -> number % KEYS, Types.LONG)
                .process(new Count())
                .name("count")
                .uid("count")
                .sinkTo(new DiscardingSink<>())
                .name("discard")
                .uid("discard");
        environment.execute("ticking");
    }

    /** All numbers, slowly. */
    private static final class Ticks implements Source<Long, NumberSequenceSplit, Collection<NumberSequenceSplit>> {
        private final NumberSequenceSource numbers = new NumberSequenceSource(0, Long.MAX_VALUE);

        @SuppressWarnings("unchecked") // Flink gives the raw type.
        private final RateLimiterStrategy<NumberSequenceSplit> rate = RateLimiterStrategy.perSecond(RATE);

        @Override
        public Boundedness getBoundedness() {
            return Boundedness.CONTINUOUS_UNBOUNDED;
        }

        @Override
        public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
            return new RateLimitedSourceReader<>(
                    numbers.createReader(context), rate.createRateLimiter(context.currentParallelism()));
        }

        @Override
        public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> createEnumerator(
                SplitEnumeratorContext<NumberSequenceSplit> context) {
            return numbers.createEnumerator(context);
        }

        @Override
        public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> restoreEnumerator(
                SplitEnumeratorContext<NumberSequenceSplit> context, Collection<NumberSequenceSplit> state) {
            return numbers.restoreEnumerator(context, state);
        }

        @Override
        public SimpleVersionedSerializer<NumberSequenceSplit> getSplitSerializer() {
            return numbers.getSplitSerializer();
        }

        @Override
        public SimpleVersionedSerializer<Collection<NumberSequenceSplit>> getEnumeratorCheckpointSerializer() {
            return numbers.getEnumeratorCheckpointSerializer();
        }
    }

    private static final class Count extends KeyedProcessFunction<Long, Long, Long> {
        private transient ValueState<Long> count;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public void processElement(Long number, Context context, Collector<Long> out) throws Exception {
            long soFar = count.value() == null ? 0 : count.value();
            count.update(soFar + 1);
            out.collect(soFar + 1);
        }
    }
}
