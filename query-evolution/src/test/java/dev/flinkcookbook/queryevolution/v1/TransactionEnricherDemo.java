package dev.flinkcookbook.queryevolution.v1;

import dev.flinkcookbook.queryevolution.TransactionsOracle;
import dev.flinkcookbook.queryevolution.TransactionsScenario;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import java.util.List;

/**
 * Version 1 of the job without state on real Kafka within one JVM: generates transactions, runs the job's own main, and compares what
 * it has written with an oracle. Press run in an IDE.
 */
public final class TransactionEnricherDemo implements Recipe {

    public static void main(String[] args) {
        System.exit(RunCommand.run(new TransactionEnricherDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "query-evolution";
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        return TransactionEnricherParameters.from(jobFlags).isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        TransactionEnricherParameters parameters =
                TransactionEnricherParameters.from(jobFlags).orElseThrow();
        TransactionsScenario.Version version = new TransactionsScenario.Version() {
            @Override
            public Scenario.Job job() {
                return new Scenario.Job(
                        "transaction-enricher", TransactionEnricherJob.class.getName(), List.of(jobFlags));
            }

            @Override
            public void requireTopics() throws InterruptedException {
                TransactionEnricherJob.requireTopics(parameters);
            }

            @Override
            public void run() throws Exception {
                TransactionEnricherJob.main(jobFlags);
            }
        };
        return new TransactionsScenario(load, parameters.kafka(), TransactionsOracle.Output.ENRICHED, version);
    }
}
