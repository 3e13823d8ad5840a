package dev.flinkcookbook.testbed;

import java.nio.file.Path;
import java.util.Map;
import kafka.server.KafkaRaftServer;

/** A Kafka broker in this JVM: the cheapest one, and the one to choose unless a test must kill or pause it. */
public final class InProcessKafka implements KafkaBroker {
    private final BrokerFolder folder;
    private final AtExit atExit;
    private KafkaRaftServer server;
    private boolean closed;

    private InProcessKafka(BrokerFolder folder) {
        this.folder = folder;
        this.atExit = AtExit.run(this::close);
    }

    /** A running broker on a free port. */
    public static InProcessKafka started() {
        return startedOn(0, Map.of());
    }

    /**
     * A running broker on the given port.
     *
     * @throws IllegalStateException {@code port 9092 is in use}
     */
    public static InProcessKafka startedOn(int port) {
        return startedOn(port, Map.of());
    }

    /**
     * A running broker on the given port, or on a free one if it is 0.
     *
     * @param brokerProperties as in a broker's {@code server.properties}; they win over the testbed's own
     * @throws IllegalStateException {@code port 9092 is in use}
     */
    public static InProcessKafka startedOn(int port, Map<String, String> brokerProperties) {
        InProcessKafka kafka = new InProcessKafka(BrokerFolder.create(port, brokerProperties));
        try {
            kafka.start();
        } catch (RuntimeException e) {
            kafka.close();
            throw e;
        }
        return kafka;
    }

    @Override
    public String bootstrapServers() {
        return folder.bootstrapServers();
    }

    /** Where its data lies until it is closed. */
    Path folder() {
        return folder.path();
    }

    @Override
    public synchronized void start() {
        if (closed) {
            throw new IllegalStateException("this broker is closed and its data is deleted");
        }
        if (server == null) {
            server = folder.startServer();
        }
    }

    @Override
    public synchronized void stop() {
        if (server != null) {
            server.shutdown();
            server.awaitShutdown();
            server = null;
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            stop();
            closed = true;
            folder.delete();
            atExit.cancel();
        }
    }
}
