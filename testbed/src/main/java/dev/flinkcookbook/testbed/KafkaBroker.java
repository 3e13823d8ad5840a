package dev.flinkcookbook.testbed;

/**
 * One Kafka node, broker and controller in one, on the loopback address of this machine. It keeps its folder and its
 * port until it is closed, so clients find the same broker with the same data after a stop and a start.
 */
public interface KafkaBroker extends AutoCloseable {

    /** The address for clients: {@code localhost:PORT}. Stays the same for the life of this object. */
    String bootstrapServers();

    /**
     * Starts the broker on its folder and port and returns when clients can connect (some seconds). Does nothing while
     * it runs.
     *
     * @throws IllegalStateException if the port is in use, if the broker does not come up, or after {@link #close()}
     */
    void start();

    /** Stops the broker cleanly and returns when it is down; folder and port are kept. Does nothing when it is down. */
    void stop();

    /** Stops the broker and deletes its folder. May be called more than once. */
    @Override
    void close();
}
