package dev.flinkcookbook.changedatacapture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.PacedInput;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.Header;
import io.debezium.engine.format.Json;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The process of a {@link DebeziumConnector}: Debezium's engine, and a producer to Kafka, as a worker of Kafka Connect has them.
 * args[0] is the engine's settings, args[1] Kafka's address. Ends cleanly on SIGTERM.
 */
final class DebeziumMain {
    static final String READY = "ready";

    /** A setting of this class: {@link #OF_ROWS}, the default, {@link #OF_ALL}, or {@link #OF_NONE}. */
    static final String NOTED_OFFSETS = "noted.offsets";

    /**
     * Only the offset of a row's change is one to start from, and only once a change at another LSN has come. After the offset of a
     * commit, which END and a heartbeat have, Debezium 3.6 leaves out what a transaction did that was open at that commit, if it goes on
     * right after it. After the first of two changes with one LSN, those of a primary key, it leaves out the second.
     */
    static final String OF_ROWS = "of-rows";

    /** As Debezium's own runtimes have it. */
    static final String OF_ALL = "of-all";

    /** As if it was always killed before: the next start tells everything again since the last offset. */
    static final String OF_NONE = "of-none";

    private static final JsonMapper JSON = new JsonMapper();
    private static final int PARTITIONS_OF_A_TABLE = 2;
    private static final Duration BEFORE_THE_NEXT_ATTEMPT = Duration.ofMillis(500);
    private static final Duration TO_CREATE_TOPICS = Duration.ofSeconds(30);

    private final Properties settings;
    private final Producer<byte[], byte[]> producer;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final String notedOffsets;
    private final String tables;
    private DebeziumEngine<ChangeEvent<String, String>> engine;
    private boolean stopping;

    /** Of the running engine: what it has told last of a row and is not noted, and where that stands in the log. */
    private ChangeEvent<String, String> lastOfARow;

    private long lastLsn;

    private DebeziumMain(Properties settings, Producer<byte[], byte[]> producer) {
        this.settings = settings;
        this.producer = producer;
        notedOffsets = settings.getProperty(NOTED_OFFSETS, OF_ROWS);
        tables = settings.getProperty("topic.prefix") + ".public.";
    }

    public static void main(String[] args) throws Exception {
        Properties settings = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(args[0]))) {
            settings.load(reader);
        }
        Properties client = new Properties();
        client.setProperty("bootstrap.servers", args[1]);
        createTopics(client, settings);
        try (Producer<byte[], byte[]> producer = PacedInput.producer(client)) {
            DebeziumMain main = new DebeziumMain(settings, producer);
            Runtime.getRuntime().addShutdownHook(new Thread(main::stop));
            main.run();
        }
    }

    private static void createTopics(Properties client, Properties settings)
            throws ExecutionException, InterruptedException {
        String prefix = settings.getProperty("topic.prefix");
        Stream<NewTopic> tables = Stream.of(
                        settings.getProperty("table.include.list").split(","))
                .map(table -> topic(prefix + "." + table, PARTITIONS_OF_A_TABLE));
        // The ends of transactions are in the order of their commits, which several partitions would not keep.
        Stream<NewTopic> others =
                Stream.of(topic(prefix + ".transaction", 1), topic("__debezium-heartbeat." + prefix, 1));
        try (Admin admin = Admin.create(client)) {
            for (NewTopic topic : Stream.concat(tables, others).toList()) {
                try {
                    admin.createTopics(List.of(topic)).all().get(TO_CREATE_TOPICS.toSeconds(), TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw e;
                    }
                } catch (java.util.concurrent.TimeoutException e) {
                    throw new IllegalStateException("no broker has created " + topic.name(), e);
                }
            }
        }
    }

    private static NewTopic topic(String name, int partitions) {
        return new NewTopic(name, Optional.of(partitions), Optional.empty());
    }

    /** Until it is stopped: when the database goes away the engine ends, and there is another one, as Connect restarts a task. */
    private void run() {
        try {
            while (prepare()) {
                engine.run();
                LockSupport.parkNanos(BEFORE_THE_NEXT_ATTEMPT.toNanos());
            }
        } finally {
            ended.countDown();
        }
    }

    private synchronized boolean prepare() {
        if (stopping) {
            return false;
        }
        lastOfARow = null;
        engine = DebeziumEngine.create(Json.class, Json.class, Json.class)
                .using(settings)
                .using(new DebeziumEngine.ConnectorCallback() {
                    @Override
                    public void pollingStarted() {
                        System.out.println(READY);
                    }
                })
                .using((success, message, error) -> {
                    if (error != null) {
                        System.err.println(message);
                        error.printStackTrace();
                    }
                })
                .notifying(this::write)
                .build();
        return true;
    }

    /** All of a batch is acknowledged before its offsets count: what is killed in between is told again. */
    private void write(List<ChangeEvent<String, String>> batch, RecordCommitter<ChangeEvent<String, String>> committer)
            throws InterruptedException {
        List<Future<?>> sent = new ArrayList<>();
        for (ChangeEvent<String, String> event : batch) {
            sent.add(producer.send(record(event)));
        }
        producer.flush();
        for (Future<?> one : sent) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("Kafka has not taken a change", e.getCause());
            }
        }
        for (ChangeEvent<String, String> event : batch) {
            if (notedOffsets.equals(OF_ALL)) {
                committer.markProcessed(event);
            } else if (notedOffsets.equals(OF_ROWS) && event.destination().startsWith(tables)) {
                note(event, committer);
            }
        }
        committer.markBatchFinished();
    }

    private void note(ChangeEvent<String, String> ofARow, RecordCommitter<ChangeEvent<String, String>> committer)
            throws InterruptedException {
        long lsn =
                ofARow.value() == null ? lastLsn : lsn(ofARow.value()); // A tombstone stands where its deletion does.
        if (lastOfARow != null && lsn != lastLsn) {
            committer.markProcessed(lastOfARow);
        }
        lastOfARow = ofARow;
        lastLsn = lsn;
    }

    private static long lsn(String change) {
        try {
            JsonNode lsn = JSON.readTree(change).at("/source/lsn");
            return Objects.requireNonNull(lsn.numberValue(), change).longValue();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(change, e);
        }
    }

    private static ProducerRecord<byte[], byte[]> record(ChangeEvent<String, String> event) {
        RecordHeaders headers = new RecordHeaders();
        for (Header<String> header : event.<String>headers()) {
            headers.add(header.getKey(), utf8(header.getValue()));
        }
        return new ProducerRecord<>(event.destination(), null, null, utf8(event.key()), utf8(event.value()), headers);
    }

    private static byte[] utf8(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private void stop() {
        DebeziumEngine<ChangeEvent<String, String>> running;
        synchronized (this) {
            stopping = true;
            running = engine;
        }
        try {
            if (running != null) {
                running.close();
            }
            ended.await();
        } catch (IOException | IllegalStateException e) {
            e.printStackTrace(); // It is just starting or ending; there is nothing to flush.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
