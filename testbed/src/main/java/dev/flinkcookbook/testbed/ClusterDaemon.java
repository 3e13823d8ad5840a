package dev.flinkcookbook.testbed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * The parent of the processes of {@code ./cookbook cluster up}: args are the folder of the state file, the port of the
 * JobManager, that of Kafka, the number of TaskManagers, and options of Flink as key=value. Runs until it is told to end; what it has
 * started ends with it. Plugins in a folder beside the state file are the cluster's.
 */
final class ClusterDaemon {
    private static final int FAILED = 1;

    /** Of the module failure-labels, by its name: no module of the recipes' is on this class path. */
    private static final String FAILURE_ENRICHER = "dev.flinkcookbook.failurelabels.LabelFailures";

    private ClusterDaemon() {}

    /** Each plugin in a folder of its own, as a distribution of Flink has them. */
    static Path plugins(Path folder) {
        return folder.resolve("plugins");
    }

    public static void main(String[] args) throws InterruptedException {
        Path folder = Path.of(args[0]);
        try {
            ChildProcessKafka kafka = ChildProcessKafka.startedOn(Integer.parseInt(args[2]));
            SessionClusterBuilder builder = SessionCluster.builder()
                    .restPort(Integer.parseInt(args[1]))
                    .taskManagers(Integer.parseInt(args[3]))
                    .environment("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
            Path plugins = plugins(folder);
            if (Files.exists(plugins)) {
                builder.environment(
                                "FLINK_PLUGINS_DIR", plugins.toAbsolutePath().toString())
                        .option("jobmanager.failure-enrichers", FAILURE_ENRICHER);
            }
            for (String option : Arrays.asList(args).subList(4, args.length)) {
                int equals = option.indexOf('=');
                builder.option(option.substring(0, equals), option.substring(equals + 1));
            }
            SessionCluster cluster = builder.start();
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
