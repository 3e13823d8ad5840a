package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.Transfers.entry;
import static dev.flinkcookbook.exactlyonce.Transfers.transfer;
import static dev.flinkcookbook.exactlyonce.Transfers.transfers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.exactlyonce.Transfers.Sent;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Two inputs, one ledger: the default prefix is made of the ledger's name, so both jobs have the same. The second finds the
 * first one's open transactions, takes them for what its own former life has left, and aborts them.
 *
 * <p>The connector refuses two such sinks where both have the same copy of its classes. Jobs of two clusters have not, nor have
 * those of one session cluster that bring the connector in their jars; so the second one is given its own.
 */
@ExtendWith(KafkaExtension.class)
class OnePrefixForTwoJobsIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension(withoutFlinksClassesFromTheParentFirst());

    private final JobOnKafka first;
    private final JobOnKafka second;
    private RunningJob ofTheFirst;
    private RunningJob ofTheSecond;

    OnePrefixForTwoJobsIT(KafkaBroker kafka) {
        first = JobOnKafka.withTopics(kafka, flink).withoutCheckpointsOfItsOwn();
        second = first.anotherOnTheSameLedger();
    }

    /** A real cluster's class path does not have the connector; this one has, and Flink would take it from there. */
    private static Configuration withoutFlinksClassesFromTheParentFirst() {
        return new Configuration().set(CoreOptions.ALWAYS_PARENT_FIRST_LOADER_PATTERNS, List.of("java."));
    }

    private void startBoth(String... flagsOfTheSecond) {
        ofTheFirst = first.write(transfers(0, 20)).start().hasWritten(40);
        first.hasOpen(2);
        ofTheSecond = second.write(transfers(20, 40))
                .startWithClassesOfItsOwn(flagsOfTheSecond)
                .hasWritten(80);
    }

    /**
     * One record only for each subtask of its sink: the writer throws again when it is closed if a second one has failed
     * meanwhile, and Flink then ends the whole TaskManager.
     */
    @Test
    void theFirstFailsAtItsNextRecord() throws Exception {
        startBoth();

        first.write(transfer("t-40").from(accountOf(0)).to(accountOf(1)));

        assertThat(ofTheFirst.failure())
                .anyMatch(cause ->
                        cause instanceof ProducerFencedException || cause instanceof InvalidProducerEpochException);
    }

    /** Worse: its checkpoint is complete before it hears that its commit comes too late, and it goes on. */
    @Test
    void theFirstLosesWhatItHasWrittenIfNoRecordComesBeforeItsCheckpoint() throws Exception {
        startBoth();

        ofTheFirst.checkpoint();

        ofTheSecond.stop();
        assertThat(ofTheFirst.status()).isEqualTo(JobStatus.RUNNING);
        ofTheFirst.stop();
        assertThat(booked()).isEqualTo(sidesOf(transfers(20, 40)));
    }

    @Test
    void withAPrefixEachBothBookAll() throws Exception {
        startBoth("--transactional-id-prefix", "another");

        ofTheFirst.checkpoint();

        ofTheSecond.stop();
        ofTheFirst.stop();
        assertThat(booked()).isEqualTo(sidesOf(transfers(0, 40)));
    }

    private static String accountOf(int subtask) {
        return Stream.iterate(0, i -> i + 1)
                .map(i -> "a-" + i)
                .filter(account -> KeyGroupRangeAssignment.assignKeyToParallelOperator(account, 128, 2) == subtask)
                .findFirst()
                .orElseThrow();
    }

    private Set<String> booked() {
        return first.entries().stream().map(JobOnKafka::side).collect(Collectors.toSet());
    }

    private static Set<String> sidesOf(Sent... transfers) {
        return Stream.of(transfers)
                .flatMap(transfer -> Stream.of(
                        entry(transfer.id(), transfer.from(), "", "", 0),
                        entry(transfer.id(), transfer.to(), "", "", 0)))
                .map(JobOnKafka::side)
                .collect(Collectors.toSet());
    }
}
