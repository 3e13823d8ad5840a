package dev.flinkcookbook.queryevolution.v1;

import dev.flinkcookbook.queryevolution.TransactionsOracle;
import dev.flinkcookbook.queryevolution.TransactionsScenario;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An upgrade under load, on real Kafka within one JVM: generates transactions, runs version 1 from its jar, stops it with a savepoint in
 * the middle, lets version 2 go on from that, and compares what both have written with an oracle. {@code ./cookbook run
 * query-evolution}, or, once {@code ./mvnw package} has made the jars, press run in an IDE.
 */
public final class AccountActivityDemo implements Recipe {

    public static void main(String[] args) {
        System.exit(RunCommand.run(new AccountActivityDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "query-evolution";
    }

    /** Slow enough that transactions go on arriving while one version ends and the other begins. */
    @Override
    public Load load() {
        return new Load(20_000, 2_000, 1);
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
            public Optional<Scenario.Versions> versions() {
                return Optional.of(new Scenario.Versions(List.of(jar("v1"), jar("v2")), List.of(jobFlags)));
            }

            @Override
            public void run() throws Exception {
                AccountActivityJob.main(jobFlags);
            }
        };
        return new TransactionsScenario(load, parameters.kafka(), TransactionsOracle.Output.ACTIVITY, version);
    }

    /** Tests run in the module's folder, an IDE and the command in the repository's. */
    private static Path jar(String version) {
        Path ofTheModule = Path.of("target", "query-evolution-" + version + ".jar");
        Path root = Path.of(System.getProperty("cookbook.root", "."));
        Path ofTheRepository = root.resolve("query-evolution").resolve(ofTheModule);
        return (Files.exists(root.resolve("query-evolution")) ? ofTheRepository : ofTheModule).toAbsolutePath();
    }
}
