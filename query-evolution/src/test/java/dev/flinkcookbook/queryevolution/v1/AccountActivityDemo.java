package dev.flinkcookbook.queryevolution.v1;

import dev.flinkcookbook.queryevolution.TransactionsOracle;
import dev.flinkcookbook.queryevolution.TransactionsScenario;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import java.util.List;

/**
 * Version 1 of the job on real Kafka within one JVM: generates transactions, runs the job's own main, and compares what it has
 * written with an oracle. Press run in an IDE, or {@code ./cookbook run query-evolution}.
 */
public final class AccountActivityDemo implements Recipe {

    public static void main(String[] args) {
        System.exit(RunCommand.run(new AccountActivityDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "query-evolution";
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        return AccountActivityParameters.from(jobFlags).isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        AccountActivityParameters parameters =
                AccountActivityParameters.from(jobFlags).orElseThrow();
        TransactionsScenario.Version version = new TransactionsScenario.Version() {
            @Override
            public Scenario.Job job() {
                return new Scenario.Job("account-activity", AccountActivityJob.class.getName(), List.of(jobFlags));
            }

            @Override
            public void requireTopics() throws InterruptedException {
                AccountActivityJob.requireTopics(parameters);
            }

            @Override
            public void run() throws Exception {
                AccountActivityJob.main(jobFlags);
            }
        };
        return new TransactionsScenario(load, parameters.kafka(), TransactionsOracle.Output.ACTIVITY, version);
    }
}
