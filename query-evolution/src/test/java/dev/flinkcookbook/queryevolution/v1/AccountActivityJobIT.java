package dev.flinkcookbook.queryevolution.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.queryevolution.JobOnKafka;
import dev.flinkcookbook.queryevolution.TransactionsOracle;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@ExtendWith(KafkaExtension.class)
class AccountActivityJobIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private final JobOnKafka job;

    AccountActivityJobIT(KafkaBroker kafka) {
        job = new JobOnKafka(kafka);
    }

    @Test
    void saysOfEachAccountAfterEachTransactionWhatHasHappenedOnIt() throws Exception {
        job.write("a t-1 500", "b t-2 7", "a t-3 -200", "a t-4 1", "a t-5 1", "a t-6 1", "a t-7 1")
                .runToTheEnd(AccountActivityJob::main);

        assertThat(job.results())
                .containsExactlyInAnyOrder(
                        "{\"account\":\"a\",\"transaction\":\"t-1\",\"count\":1,\"sum\":500,\"recent\":[\"t-1\"]}",
                        "{\"account\":\"b\",\"transaction\":\"t-2\",\"count\":1,\"sum\":7,\"recent\":[\"t-2\"]}",
                        "{\"account\":\"a\",\"transaction\":\"t-3\",\"count\":2,\"sum\":300,\"recent\":[\"t-1\",\"t-3\"]}",
                        "{\"account\":\"a\",\"transaction\":\"t-4\",\"count\":3,\"sum\":301,\"recent\":[\"t-1\",\"t-3\",\"t-4\"]}",
                        "{\"account\":\"a\",\"transaction\":\"t-5\",\"count\":4,\"sum\":302,\"recent\":[\"t-1\",\"t-3\",\"t-4\",\"t-5\"]}",
                        "{\"account\":\"a\",\"transaction\":\"t-6\",\"count\":5,\"sum\":303,\"recent\":[\"t-1\",\"t-3\",\"t-4\",\"t-5\",\"t-6\"]}",
                        "{\"account\":\"a\",\"transaction\":\"t-7\",\"count\":6,\"sum\":304,\"recent\":[\"t-3\",\"t-4\",\"t-5\",\"t-6\",\"t-7\"]}");
        assertThat(job.letters()).isEmpty();
    }

    @Test
    void sendsWhatIsNoTransactionToTheDeadLetters() throws Exception {
        job.write("a t-1 5")
                .writeJson(List.of(Map.entry("a", "{\"id\":\"t-2\""), Map.entry("a", "{}")))
                .write("a t-3 5")
                .runToTheEnd(AccountActivityJob::main);

        assertThat(job.results()).hasSize(2);
        assertThat(job.letters())
                .extracting(letter -> new String(
                        letter.headers().lastHeader("dead-letter.reason").value(), StandardCharsets.UTF_8))
                .containsExactly("not-a-transaction", "not-a-transaction");
        assertThat(job.letters().get(0).value()).asString().isEqualTo("{\"id\":\"t-2\"");
    }

    @Test
    void isExactOverGeneratedTransactions() throws Exception {
        job.generate(7, 3_000).runToTheEnd(AccountActivityJob::main);

        job.isExact(new TransactionsOracle(TransactionsOracle.Output.ACTIVITY));
    }

    @Test
    void refusesAnOutputTopicThatIsItsInput() {
        assertThatThrownBy(() -> job.runToTheEnd(AccountActivityJob::main, "--dead-letter-topic", job.output()))
                .isInstanceOf(FlagException.class)
                .hasMessage("--dead-letter-topic: got '%s', expected another topic than --output-topic"
                        .formatted(job.output()));
    }

    /** They are part of every savepoint. */
    @Test
    void hasTheUidsAndTheMaxParallelismThatSavepointsName() {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        AccountActivityJob.define(
                environment, AccountActivityParameters.from(job.flags()).orElseThrow());

        assertThat(environment.getStreamGraph().getStreamNodes())
                .allSatisfy(node -> assertThat(node.getMaxParallelism()).isEqualTo(128))
                .extracting(StreamNode::getTransformationUID)
                .containsExactlyInAnyOrder(
                        "source",
                        "read-transactions",
                        "totals",
                        "activity-as-json",
                        "write-activity",
                        "Sink Committer: write-activity",
                        "write-dead-letters",
                        "Sink Committer: write-dead-letters");
    }
}
