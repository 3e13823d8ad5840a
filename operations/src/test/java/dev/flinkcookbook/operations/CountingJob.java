package dev.flinkcookbook.operations;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Counts the words of a topic, exactly once: {@code apple} becomes {@code apple 1}, the next one {@code apple 2}. Its flags make
 * versions of it: another uid, another max parallelism, another type of state, or a bug.
 */
public final class CountingJob {
    private CountingJob() {}

    /** The job in a jar of its own: that of a recipe, which has a Kafka connector, with this class in it. */
    static Path jar(Path folder, Path recipeJar) {
        Path jar = folder.resolve("counting-job.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, CountingJob.class.getName());
        Path classes = Path.of(CountingJob.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath());
        String prefix = CountingJob.class.getName().replace('.', '/');
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                JarFile recipe = new JarFile(recipeJar.toFile());
                Stream<Path> own = Files.list(classes.resolve(prefix).getParent())) {
            for (JarEntry entry : Collections.list(recipe.entries())) {
                if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    out.putNextEntry(new JarEntry(entry.getName()));
                    recipe.getInputStream(entry).transferTo(out);
                }
            }
            for (Path file : own.toList()) {
                String name = classes.relativize(file).toString();
                if (name.matches(prefix + "(\\$.*)?\\.class")) {
                    out.putNextEntry(new JarEntry(name));
                    Files.copy(file, out);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return jar;
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> flags = flags(args);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.setMaxParallelism(Integer.parseInt(flags.getOrDefault("--max-parallelism", "16")));
        String bootstrap = flags.get("--bootstrap-servers");
        KafkaSource<String> source = KafkaSource.<String>builder()
                .setBootstrapServers(bootstrap)
                .setTopics(flags.get("--input-topic"))
                .setGroupId(flags.get("--group-id"))
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setValueOnlyDeserializer(new SimpleStringSchema())
                .build();
        KafkaSink<String> sink = KafkaSink.<String>builder()
                .setBootstrapServers(bootstrap)
                .setRecordSerializer(KafkaRecordSerializationSchema.<String>builder()
                        .setTopic(flags.get("--output-topic"))
                        .setValueSerializationSchema(new SimpleStringSchema())
                        .build())
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(flags.get("--output-topic"))
                // The connector's default: a sink that is restored guesses which transactions its former life has left
                // open.
                .setTransactionNamingStrategy(TransactionNamingStrategy.INCREMENTING)
                .setProperty("transaction.timeout.ms", "600000")
                .build();
        WatermarkStrategy<String> watermarks = flags.containsKey("--no-watermarks")
                ? WatermarkStrategy.noWatermarks()
                : WatermarkStrategy.<String>forMonotonousTimestamps().withIdleness(Duration.ofSeconds(30));
        environment
                .fromSource(source, watermarks, "read")
                .uid("read")
                .keyBy(word -> word, Types.STRING)
                .process(new Count(flags.getOrDefault("--state", "long"), flags.getOrDefault("--fail", "never")))
                .returns(Types.STRING)
                .name("count")
                .uid(flags.getOrDefault("--uid", "count"))
                .sinkTo(sink)
                .name("write")
                .uid("write");
        environment.execute("counting");
    }

    private static Map<String, String> flags(String[] args) {
        Map<String, String> flags = new HashMap<>();
        for (int i = 0; i < args.length; i += 2) {
            flags.put(args[i], args[i + 1]);
        }
        return flags;
    }

    private static final class Count extends KeyedProcessFunction<String, String, String>
            implements CheckpointListener {
        private final String type;
        private final String fails;
        private transient ValueState<Object> count;
        private transient int checkpoints;

        Count(String type, String fails) {
            this.type = type;
            this.fails = fails;
        }

        @Override
        @SuppressWarnings("unchecked")
        public void open(OpenContext context) {
            if (fails.equals("in-open")) {
                throw new UnsupportedOperationException("a bug in open");
            }
            TypeInformation<?> ofState = type.equals("long") ? Types.LONG : Types.STRING;
            count = getRuntimeContext()
                    .getState((ValueStateDescriptor<Object>) new ValueStateDescriptor<>("count", ofState));
        }

        @Override
        public void processElement(String word, Context context, Collector<String> out) throws Exception {
            if (fails.equals("after-checkpoint") && checkpoints > 1) {
                throw new UnsupportedOperationException("a bug that comes late");
            }
            Object before = count.value();
            long next = before == null ? 1 : Long.parseLong(before.toString()) + 1;
            count.update(type.equals("long") ? (Object) next : Long.toString(next));
            out.collect(word + " " + next);
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            checkpoints++;
        }
    }

    /** The words that a producer sends, in turn. */
    static String word(long number) {
        return "word-" + number % 20;
    }

    /** What the job makes of the first so many words, in any order. */
    static List<String> expected(long words) {
        List<String> expected = new ArrayList<>();
        for (long number = 0; number < words; number++) {
            expected.add(word(number) + " " + (number / 20 + 1));
        }
        return expected;
    }
}
