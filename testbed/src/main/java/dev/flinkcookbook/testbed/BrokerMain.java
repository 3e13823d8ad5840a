package dev.flinkcookbook.testbed;

import java.nio.file.Path;
import kafka.server.KafkaRaftServer;

/** The broker of a {@link ChildProcessKafka}: args[0] is its folder. Ends cleanly on SIGTERM. */
final class BrokerMain {
    static final String READY = "ready";

    private BrokerMain() {}

    public static void main(String[] args) {
        KafkaRaftServer server = BrokerFolder.open(Path.of(args[0])).startServer();
        AtExit.run(server::shutdown);
        System.out.println(READY);
        server.awaitShutdown();
    }
}
