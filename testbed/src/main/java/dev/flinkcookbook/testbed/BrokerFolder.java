package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/** The folder of one broker: its settings, with the ports it keeps, and its data. */
final class BrokerFolder {
    private static final String SETTINGS = "server.properties";
    private static final String PORT = "testbed.port";
    private static final String CLUSTER_ID = "testbed.cluster-id";

    /** A user that the folder is formatted with, for a listener that lets nobody in without one. */
    static final String FIRST_USER = "testbed.first-user";

    private final Path path;
    private final Properties properties;

    private BrokerFolder(Path path, Properties properties) {
        this.path = path;
        this.properties = properties;
    }

    /**
     * A new folder.
     *
     * @param wantedPort the port for clients, or 0 for any free one
     * @param overrides broker properties that replace or add to those of {@link #settings}
     * @throws IllegalStateException if the port is in use
     */
    static BrokerFolder create(int wantedPort, Map<String, String> overrides) {
        if (wantedPort < 0 || wantedPort > 65_535) {
            throw new IllegalArgumentException("no such port: " + wantedPort + ", expected 0 to 65535");
        }
        int port = wantedPort == 0 ? LoopbackPort.free() : wantedPort;
        LoopbackPort.requireFree(port);
        Path path = TemporaryFolder.create("kafka");
        Properties properties = settings(port, LoopbackPort.free(), path.resolve("data"));
        properties.putAll(overrides);
        try (Writer file = Files.newBufferedWriter(path.resolve(SETTINGS))) {
            properties.store(file, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new BrokerFolder(path, properties);
    }

    /** The folder that another JVM has created. */
    static BrokerFolder open(Path path) {
        Properties properties = new Properties();
        try (Reader file = Files.newBufferedReader(path.resolve(SETTINGS))) {
            properties.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new BrokerFolder(path, properties);
    }

    private static Properties settings(int port, int controllerPort, Path data) {
        Properties settings = new Properties();
        settings.setProperty(PORT, Integer.toString(port));
        settings.setProperty(CLUSTER_ID, Uuid.randomUuid().toString());
        settings.setProperty("process.roles", "broker,controller");
        settings.setProperty("node.id", "1");
        settings.setProperty("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        settings.setProperty("controller.listener.names", "CONTROLLER");
        settings.setProperty("listeners", "CLIENTS://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        settings.setProperty("advertised.listeners", "CLIENTS://localhost:" + port);
        settings.setProperty("inter.broker.listener.name", "CLIENTS");
        settings.setProperty("listener.security.protocol.map", "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.setProperty("log.dirs", data.toString());
        // Records carry event times, often of long ago: with the default of a week they would be deleted on arrival.
        settings.setProperty("log.retention.ms", "-1");
        // A mistyped topic name must be an error, not a new topic.
        settings.setProperty("auto.create.topics.enable", "false");

        // One node cannot keep three copies; one partition for each internal topic is enough and starts faster.
        settings.setProperty("offsets.topic.replication.factor", "1");
        settings.setProperty("offsets.topic.num.partitions", "1");
        settings.setProperty("transaction.state.log.replication.factor", "1");
        settings.setProperty("transaction.state.log.min.isr", "1");
        settings.setProperty("transaction.state.log.num.partitions", "1");
        settings.setProperty("share.coordinator.state.topic.replication.factor", "1");
        settings.setProperty("share.coordinator.state.topic.min.isr", "1");
        settings.setProperty("share.coordinator.state.topic.num.partitions", "1");
        settings.setProperty("group.initial.rebalance.delay.ms", "0");

        // Small: the default takes 128 MB of heap. The thread counts are for a machine that does other work too.
        settings.setProperty("log.cleaner.dedupe.buffer.size", "4194304");
        settings.setProperty("num.network.threads", "2");
        settings.setProperty("num.io.threads", "4");

        // With the defaults a restarted broker is refused for ten seconds: its old session has not timed out yet.
        settings.setProperty("controlled.shutdown.enable", "true");
        settings.setProperty("broker.heartbeat.interval.ms", "500");
        settings.setProperty("broker.session.timeout.ms", "3000");
        return settings;
    }

    Path path() {
        return path;
    }

    int port() {
        return Integer.parseInt(properties.getProperty(PORT));
    }

    String bootstrapServers() {
        return "localhost:" + port();
    }

    /** Starts a broker on this folder, in this JVM; returns when it is ready. */
    KafkaRaftServer startServer() {
        LoopbackPort.requireFree(port());
        format();
        KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
        try {
            server.startup();
        } catch (RuntimeException e) {
            server.shutdown(); // A broker that came up halfway holds threads and ports.
            throw new IllegalStateException(
                    "the Kafka broker on port " + port() + " did not start: " + e.getMessage(), e);
        }
        return server;
    }

    private void format() {
        String settings = path.resolve(SETTINGS).toString();
        String clusterId = properties.getProperty(CLUSTER_ID); // A folder that has data is refused any other one.
        List<String> arguments = new ArrayList<>(
                List.of("format", "--ignore-formatted", "--config", settings, "--cluster-id", clusterId));
        if (properties.containsKey(FIRST_USER)) {
            arguments.addAll(List.of("--add-scram", properties.getProperty(FIRST_USER)));
        }
        PrintStream quiet = new PrintStream(OutputStream.nullOutputStream());
        int exitCode = StorageTool.execute(arguments.toArray(String[]::new), quiet);
        if (exitCode != 0) {
            throw new IllegalStateException("formatting " + path + " failed with exit code " + exitCode);
        }
    }

    void delete() {
        TemporaryFolder.delete(path);
    }
}
