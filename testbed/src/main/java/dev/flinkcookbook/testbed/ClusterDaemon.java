package dev.flinkcookbook.testbed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * The parent of the processes of {@code ./cookbook cluster up}: args are the folder of the state file, the port of the
 * JobManager, that of Kafka, and the number of TaskManagers. Runs until it is told to end; what it has started ends with it.
 */
final class ClusterDaemon {
    private static final int FAILED = 1;

    private ClusterDaemon() {}

    public static void main(String[] args) throws InterruptedException {
        Path folder = Path.of(args[0]);
        try {
            ChildProcessKafka kafka = ChildProcessKafka.startedOn(Integer.parseInt(args[2]));
            SessionCluster cluster = SessionCluster.builder()
                    .restPort(Integer.parseInt(args[1]))
                    .taskManagers(Integer.parseInt(args[3]))
                    .environment("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers())
                    .start();
            List<ClusterState.RecordedProcess> processes = new ArrayList<>();
            processes.add(ClusterState.RecordedProcess.of(
                    "daemon", ProcessHandle.current().pid()));
            processes.add(ClusterState.RecordedProcess.of("kafka", kafka.pid()));
            cluster.members()
                    .forEach(member -> processes.add(ClusterState.RecordedProcess.of(member.name(), member.pid())));
            new ClusterState(cluster.restAddress(), kafka.bootstrapServers(), processes).write(folder);
        } catch (IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(FAILED); // The shutdown hooks end what was started.
        }
        new CountDownLatch(1).await();
    }
}
