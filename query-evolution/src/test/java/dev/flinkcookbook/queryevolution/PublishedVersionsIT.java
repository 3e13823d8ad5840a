package dev.flinkcookbook.queryevolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.queryevolution.compatibility.Collected;
import dev.flinkcookbook.queryevolution.compatibility.Event;
import dev.flinkcookbook.queryevolution.compatibility.EventFeed;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.SerializedThrowable;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Savepoints that the published versions have once written stand in {@code src/test/resources/savepoints}; each build starts from
 * them, with the versions' own jars. And each build looks whether a version still writes the state that it was published with.
 */
class PublishedVersionsIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension(parentFirst());

    private static final Path PUBLISHED = Path.of("src", "test", "resources", "savepoints");
    private static final Path NEW = Path.of("target", "savepoints");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final List<Event> BEFORE = List.of(new Event("a", 1, 0), new Event("a", 2, 1), new Event("b", 5, 2));
    private static final List<Event> AFTER = List.of(new Event("a", 10, 3), new Event("b", 20, 4));

    @TempDir
    private Path folder;

    /** Unlike a real cluster's, this JVM's class path has the connector and common too, and two copies do not mix. */
    private static Configuration parentFirst() {
        return new Configuration().set(CoreOptions.CLASSLOADER_RESOLVE_ORDER, "parent-first");
    }

    @Test
    void version1GoesOnFromItsSavepoint() throws Exception {
        assertThat(resultsOf("v1", published("v1")))
                .containsExactly(
                        "Activity[account=a, transaction=a-10, count=3, sum=13, recent=[a-1, a-2, a-10]]",
                        "Activity[account=b, transaction=b-20, count=2, sum=25, recent=[b-5, b-20]]");
    }

    /** The largest amount and the number of the day are counted from version 2 on. */
    @Test
    void version2TakesOverTheStateOfVersion1() throws Exception {
        assertThat(resultsOf("v2", published("v1")))
                .containsExactly(
                        "Activity[account=a, transaction=a-10, count=3, sum=13, recent=[a-1, a-2, a-10], largest=10, ofTheDay=1]",
                        "Activity[account=b, transaction=b-20, count=2, sum=25, recent=[b-5, b-20], largest=20, ofTheDay=1]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"v2", "v3"})
    void versions2And3GoOnFromTheirSavepoints(String version) throws Exception {
        assertThat(resultsOf(version, published(version)))
                .containsExactly(
                        "Activity[account=a, transaction=a-10, count=3, sum=13, recent=[a-1, a-2, a-10], largest=10, ofTheDay=3]",
                        "Activity[account=b, transaction=b-20, count=2, sum=25, recent=[b-5, b-20], largest=20, ofTheDay=2]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2"})
    void version3RefusesTheStateOfTheOthers(String version) {
        assertThatThrownBy(() -> resultsOf("v3", published(version)))
                .hasStackTraceContaining("StateMigrationException")
                .hasStackTraceContaining("must not be incompatible with the old state serializer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2", "v3"})
    void noVersionWritesOtherStateThanWhenItWasPublished(String version) throws Exception {
        Path now = savepointOf(version);
        Path kept = Files.createDirectories(NEW.resolve(version)).resolve("_metadata");
        Files.copy(now.resolve("_metadata"), kept, StandardCopyOption.REPLACE_EXISTING);

        assertThat(PUBLISHED.resolve(version))
                .as("a new version? Then publish its savepoint: cp -r %s %s", NEW.resolve(version), PUBLISHED)
                .exists();
        assertThat(changed(version, published(version), now))
                .as(
                        "state of %s that is not what %s was published with. Somewhere a job has state of that shape:"
                                + " undo the change, and make it in a new version, a copy of the package",
                        version, version)
                .isEmpty();
    }

    /** What the test above says if somebody changes a state class of version 1, here as version 2 has changed it. */
    @Test
    void aFieldMoreAStateMoreAndATtlAreSeen() throws Exception {
        assertThat(changed("v2", published("v1"), savepointOf("v2")))
                .containsExactly("count-of-the-day/today", "totals/recent", "totals/totals");
    }

    private static Path published(String version) {
        return PUBLISHED.resolve(version);
    }

    /** The topology of the version's jar, between a source and a sink without state. */
    private JobID start(String version, EventFeed feed, Collected<String> results, Path savepoint) throws Exception {
        Configuration settings = new Configuration();
        settings.set(CoreOptions.DEFAULT_PARALLELISM, 1);
        settings.setString("pipeline.max-parallelism", "128");
        settings.setString("execution.checkpointing.interval", "1h");
        settings.setString("pipeline.classpaths", jar(version).toString());
        if (savepoint != null) {
            settings.setString(
                    "execution.state-recovery.path",
                    savepoint.toAbsolutePath().toUri().toString());
        }
        ClassLoader own = Thread.currentThread().getContextClassLoader();
        ClassLoader classes = classesOf(version);
        Thread.currentThread().setContextClassLoader(classes);
        try {
            StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(settings);
            environment.configure(settings, classes);
            activity(classes, records(environment, feed))
                    .map(String::valueOf)
                    .uid("as-text")
                    .sinkTo(results)
                    .uid("results");
            return environment.executeAsync("account-activity").getJobID();
        } finally {
            Thread.currentThread().setContextClassLoader(own);
        }
    }

    @SuppressWarnings("deprecation") // addSource is what EventFeed needs.
    private static DataStream<KafkaRecord> records(StreamExecutionEnvironment environment, EventFeed feed) {
        return environment
                .addSource(feed)
                .uid("source")
                .map(event -> new KafkaRecord(
                        "transactions", 0, event.at(), event.at(), null, json(event), new RecordHeaders()))
                .returns(KafkaRecord.class)
                .uid("as-record");
    }

    private static byte[] json(Event event) {
        return "{\"id\":\"%s-%d\",\"account\":\"%s\",\"amount\":%d,\"at\":\"2026-01-01T10:00:00Z\"}"
                .formatted(event.key(), event.value(), event.key(), event.value())
                .getBytes(StandardCharsets.UTF_8);
    }

    /** {@code AccountActivityPipeline.build(records).activity()} of those classes. */
    private static DataStream<?> activity(ClassLoader classes, DataStream<KafkaRecord> records) throws Exception {
        Method build = classes.loadClass("dev.flinkcookbook.queryevolution.AccountActivityPipeline")
                .getDeclaredMethod("build", DataStream.class);
        build.setAccessible(true);
        Object outputs = build.invoke(null, records);
        Method activity = outputs.getClass().getDeclaredMethod("activity");
        activity.setAccessible(true);
        return (DataStream<?>) activity.invoke(outputs);
    }

    private static URL jar(String version) throws Exception {
        Path jar = Path.of("target", "query-evolution-" + version + ".jar");
        assertThat(jar).as("made by ./mvnw package").exists();
        return jar.toAbsolutePath().toUri().toURL();
    }

    private static ClassLoader classesOf(String version) throws Exception {
        return new URLClassLoader(new URL[] {jar(version)}, PublishedVersionsIT.class.getClassLoader());
    }

    private List<String> resultsOf(String version, Path savepoint) throws Exception {
        Collected<String> results = new Collected<>();
        JobID job = start(version, new EventFeed(AFTER, true), results, savepoint);
        SerializedThrowable failure = flink.client()
                .requestJobResult(job)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .getSerializedThrowable()
                .orElse(null);
        if (failure != null) {
            throw new IllegalStateException("the job has failed", failure);
        }
        return results.records().stream().sorted().toList();
    }

    private Path savepointOf(String version) throws Exception {
        EventFeed feed = new EventFeed(BEFORE, false);
        JobID job = start(version, feed, new Collected<>(), null);
        Awaitility.await().atMost(PATIENCE).until(feed::hasEmittedAll);
        while (true) {
            try {
                return Path.of(URI.create(flink.client()
                        .triggerSavepoint(job, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)));
            } catch (Exception e) {
                // Not all tasks are running yet.
                if (!ExceptionUtils.findThrowable(e, CheckpointException.class)
                        .filter(refused -> refused.getCheckpointFailureReason().isPreFlight())
                        .isPresent()) {
                    throw e;
                }
            }
        }
    }

    /** The states, by uid and name, that one of the savepoints has not, or has with another type. */
    private static TreeSet<String> changed(String version, Path published, Path now) throws Exception {
        Map<String, String> before = statesIn(published, version);
        Map<String, String> after = statesIn(now, version);
        TreeSet<String> all = new TreeSet<>(before.keySet());
        all.addAll(after.keySet());
        all.removeIf(state -> before.containsKey(state) && before.get(state).equals(after.get(state)));
        return all;
    }

    /** By uid and name, what the savepoint says of the types of key, namespace and value. */
    private static Map<String, String> statesIn(Path savepoint, String version) throws Exception {
        ClassLoader classes = classesOf(version);
        Map<String, String> states = new TreeMap<>();
        try (DataInputStream metadata = new DataInputStream(Files.newInputStream(savepoint.resolve("_metadata")))) {
            for (OperatorState operator : Checkpoints.loadCheckpointMetadata(metadata, classes, savepoint.toString())
                    .getOperatorStates()) {
                for (OperatorSubtaskState subtask : operator.getStates()) {
                    for (KeyedStateHandle handle : subtask.getManagedKeyedState()) {
                        read((KeyGroupsStateHandle) handle, classes)
                                .forEach((name, type) ->
                                        states.put(operator.getOperatorUid().orElseThrow() + "/" + name, type));
                    }
                }
            }
        }
        return states;
    }

    private static Map<String, String> read(KeyGroupsStateHandle handle, ClassLoader classes) throws Exception {
        Map<String, String> types = new TreeMap<>();
        try (var in = handle.openInputStream()) {
            KeyedBackendSerializationProxy<?> header = new KeyedBackendSerializationProxy<>(classes);
            header.read(new DataInputViewStreamWrapper(in));
            for (StateMetaInfoSnapshot state : header.getStateMetaInfoSnapshots()) {
                ByteArrayOutputStream type = new ByteArrayOutputStream();
                DataOutputViewStreamWrapper out = new DataOutputViewStreamWrapper(type);
                out.writeUTF(new TreeMap<>(state.getOptionsImmutable()).toString());
                TypeSerializerSnapshot.writeVersionedSnapshot(out, header.getKeySerializerSnapshot());
                for (var part : new TreeMap<>(state.getSerializerSnapshotsImmutable()).entrySet()) {
                    out.writeUTF(part.getKey());
                    TypeSerializerSnapshot.writeVersionedSnapshot(out, part.getValue());
                }
                types.put(state.getName(), HexFormat.of().formatHex(type.toByteArray()));
            }
        }
        return types;
    }
}
