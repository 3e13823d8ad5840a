package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.Transfers.ledgerEntry;
import static dev.flinkcookbook.exactlyonce.Transfers.recordOf;
import static dev.flinkcookbook.exactlyonce.Transfers.transfer;
import static dev.flinkcookbook.exactlyonce.Transfers.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ExactlyOncePipelineTest {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private record Booked(List<LedgerEntry> ledger, List<KafkaRecord> deadLetters) {

        List<LedgerEntry> of(String account) {
            return ledger.stream()
                    .filter(entry -> entry.account().equals(account))
                    .toList();
        }

        /** Each dead letter as its place and reason. */
        List<String> letters() {
            return deadLetters.stream()
                    .map(letter -> letter + " "
                            + new String(
                                    letter.headers()
                                            .lastHeader("dead-letter.reason")
                                            .value(),
                                    StandardCharsets.UTF_8))
                    .toList();
        }
    }

    private static Booked book(KafkaRecord... records) throws Exception {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        ExactlyOncePipeline.Outputs outputs = ExactlyOncePipeline.build(environment
                .fromData(TypeInformation.of(KafkaRecord.class), records)
                .uid("read")
                // So that an account's postings arrive in the order in which the test names them.
                .setParallelism(1));
        Collected<LedgerEntry> ledger = new Collected<>();
        Collected<KafkaRecord> deadLetters = new Collected<>();
        outputs.ledger().sinkTo(ledger).uid("ledger");
        outputs.deadLetters().sinkTo(deadLetters).uid("dead-letters");
        environment.execute("pipeline");
        return new Booked(ledger.records(), deadLetters.records());
    }

    @Nested
    class ATransfer {
        @Test
        void isBookedOnBothItsAccountsInTheOrderOfTheInput() throws Exception {
            // One at a time between split and post: with four subtasks the first operator would change their order.
            flink.set(CoreOptions.DEFAULT_PARALLELISM, 1);

            Booked booked = book(
                    transfer("t-1").from("a").to("b").amount("10.00").at(0),
                    transfer("t-2").from("b").to("c").amount("2.5").at(1),
                    transfer("t-3").from("c").to("a").amount("1e1").at(2));

            assertThat(booked.ledger())
                    .containsExactly(
                            ledgerEntry("t-1", "a", "-10.00", "-10.00", 1),
                            ledgerEntry("t-1", "b", "10.00", "10.00", 1),
                            ledgerEntry("t-2", "b", "-2.5", "7.50", 2),
                            ledgerEntry("t-2", "c", "2.5", "2.5", 1),
                            ledgerEntry("t-3", "c", "-1E+1", "-7.5", 2),
                            ledgerEntry("t-3", "a", "1E+1", "0.00", 2));
            assertThat(booked.deadLetters()).isEmpty();
        }

        /** What its producer sends twice is two transfers to this recipe; deduplication goes in front. */
        @Test
        void thatIsSentTwiceIsBookedTwice() throws Exception {
            Booked booked = book(transfer("t-1").at(0), transfer("t-1").at(1));

            assertThat(booked.of("b"))
                    .containsExactly(
                            ledgerEntry("t-1", "b", "1.00", "1.00", 1), ledgerEntry("t-1", "b", "1.00", "2.00", 2));
            assertThat(booked.ledger()).hasSize(4);
        }
    }

    @Nested
    class WhatCannotBeBooked {
        @Test
        void goesToTheDeadLettersWholeAndTakesNothingWithIt() throws Exception {
            KafkaRecord garbage = recordOf(1, 7, utf8("{\"transferId\":"));

            Booked booked = book(
                    transfer("t-1").at(0),
                    garbage,
                    transfer("t-2").from("a").to("a").at(1),
                    recordOf(0, 2, null),
                    transfer("t-3").at(3));

            assertThat(booked.of("a"))
                    .containsExactlyInAnyOrder(
                            ledgerEntry("t-1", "a", "-1.00", "-1.00", 1), ledgerEntry("t-3", "a", "-1.00", "-2.00", 2));
            assertThat(booked.ledger()).hasSize(4);
            assertThat(booked.letters())
                    .containsExactlyInAnyOrder(
                            "transfers-1@7 not-a-transfer", "transfers-0@1 to-itself", "transfers-0@2 no-value");
            assertThat(booked.deadLetters())
                    .filteredOn(letter -> letter.offset() == 7)
                    .extracting(KafkaRecord::value)
                    .containsExactly(garbage.value());
        }
    }

    @Nested
    class TheJobsGraph {
        private List<StreamNode> nodes(String... flags) {
            StreamExecutionEnvironment environment = ExactlyOnceJob.environment();
            ExactlyOnceJob.define(environment, ExactlyOnceParameters.from(flags).orElseThrow());
            return List.copyOf(environment.getStreamGraph().getStreamNodes());
        }

        @Test
        void hasTheUidsThatSavepointsName() {
            assertThat(nodes())
                    .extracting(StreamNode::getTransformationUID)
                    .containsExactlyInAnyOrder(
                            "read-transfers",
                            "split-into-postings",
                            "post-to-ledger",
                            "write-ledger",
                            "Sink Committer: write-ledger",
                            "write-dead-letters",
                            "Sink Committer: write-dead-letters");
        }

        @Test
        void hasAMaxParallelismThatNoDefaultDecides() {
            assertThat(nodes())
                    .allSatisfy(node -> assertThat(node.getMaxParallelism()).isEqualTo(128));
        }

        @Test
        void givesACheckpointFiveMinutesUnlessTheClusterSaysOtherwise() {
            assertThat(ExactlyOnceJob.environment().getCheckpointConfig().getCheckpointTimeout())
                    .isEqualTo(300_000);

            flink.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofMinutes(2));
            assertThat(ExactlyOnceJob.environment().getCheckpointConfig().getCheckpointTimeout())
                    .isEqualTo(120_000);
        }
    }
}
