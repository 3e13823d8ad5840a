package dev.flinkcookbook.queryevolution;

import dev.flinkcookbook.testbed.JarRun;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.SessionClusterExtension;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The third way: version 2 has a field more, an operator more, a class of another name, and takes over the state of version 1. */
@ExtendWith({KafkaExtension.class, SessionClusterExtension.class})
class CompatibleChangeIT {

    private static final int EVENTS = 1_500;

    private final VersionsOnACluster versions;

    CompatibleChangeIT(SessionCluster cluster, KafkaBroker kafka) {
        this.versions = new VersionsOnACluster(cluster, kafka, TransactionsOracle.Output.ACTIVITY);
    }

    /** A canonical savepoint is read by each state backend, and at each parallelism. */
    @ParameterizedTest
    @CsvSource({"rocksdb, 2", "rocksdb, 3", "hashmap, 1"})
    void takesOverTheState(String backend, int parallelism) throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        versions.awaitResults().write(EVENTS);
        String savepoint = versions.stop(job);
        versions.write(EVENTS);

        JarRun how = versions.run(versions.output())
                .option("state.backend.type", backend)
                .parallelism(parallelism)
                .fromSavepoint(savepoint);
        versions.start(2, versions.output(), how);

        versions.isExact();
    }
}
