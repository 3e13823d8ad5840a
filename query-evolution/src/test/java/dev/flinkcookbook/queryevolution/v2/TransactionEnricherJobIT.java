package dev.flinkcookbook.queryevolution.v2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.queryevolution.JobOnKafka;
import dev.flinkcookbook.queryevolution.TransactionsOracle;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@ExtendWith(KafkaExtension.class)
class TransactionEnricherJobIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private final JobOnKafka job;

    TransactionEnricherJobIT(KafkaBroker kafka) {
        job = new JobOnKafka(kafka);
    }

    @Test
    void saysWhereTheMoneyGoes() throws Exception {
        job.write("a t-1 500", "b t-2 -100000").runToTheEnd(TransactionEnricherJob::main);

        assertThat(job.results())
                .containsExactlyInAnyOrder(
                        "{\"id\":\"t-1\",\"account\":\"a\",\"amount\":500,\"at\":\"2026-01-01T10:00:00Z\",\"direction\":\"in\",\"large\":false}",
                        "{\"id\":\"t-2\",\"account\":\"b\",\"amount\":-100000,\"at\":\"2026-01-01T10:00:00Z\",\"direction\":\"out\",\"large\":true}");
    }

    @Test
    void isExactOverGeneratedTransactions() throws Exception {
        job.generate(7, 3_000).runToTheEnd(TransactionEnricherJob::main);

        job.isExact(new TransactionsOracle(TransactionsOracle.Output.ENRICHED));
    }
}
