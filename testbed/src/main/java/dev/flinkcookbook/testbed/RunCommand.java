package dev.flinkcookbook.testbed;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.program.ClusterClient;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.util.ExceptionUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/**
 * {@code ./cookbook run}: a recipe's job on real Kafka within one JVM. Generates input, runs the job's own main on a MiniCluster
 * with its Web UI, and prints the verdict of the recipe's oracle on the topics.
 */
public final class RunCommand {

    private static final int PARALLELISM = 2;
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration POLL = Duration.ofMillis(200);

    /** Of a fault of the scenario's own. */
    private static final Duration OUTAGE = Duration.ofSeconds(2);

    /** Of a job, with what the job before it has written; what is missing then may wait for the end of event time. */
    private static final Duration CATCHING_UP = Duration.ofSeconds(30);

    /** They warn, with stack traces, of the failure that the run brings about. */
    private static final List<String> LOUD_IN_A_PLANNED_FAILURE = List.of(
            "org.apache.flink.runtime.taskmanager.Task",
            "org.apache.flink.runtime.jobmaster.JobMaster",
            "org.apache.flink.connector.kafka.sink.internal",
            // Not of the failure, but of the length of a temporary folder's name.
            "org.apache.flink.state.rocksdb.RocksDBResourceContainer");

    @Command(sortOptions = false, description = "Flags that are not listed here go to the job.")
    private static final class RunFlags {
        @Option(names = "--events", paramLabel = "N", description = "default: ${DEFAULT-VALUE}")
        private long events;

        @Option(names = "--rate", paramLabel = "N", description = "a second, default: ${DEFAULT-VALUE}")
        private long rate;

        @Option(names = "--seed", paramLabel = "N", description = "default: ${DEFAULT-VALUE}")
        private long seed;

        @Option(
                names = "--bootstrap-servers",
                paramLabel = "HOST:PORT",
                description = "a Kafka of yours rather than the embedded one; the topics must be new or empty")
        private String bootstrapServers;

        @Option(names = "--help", usageHelp = true, description = "print these flags and the job's")
        private boolean help;

        @Unmatched
        private List<String> ofTheJob = new ArrayList<>();
    }

    private final Recipe recipe;
    private final RunFlags flags;
    private final Load load;
    private final long started;
    private final PrintStream out;
    private final PrintStream progress;

    private RunCommand(Recipe recipe, RunFlags flags, long started, PrintStream out, PrintStream progress) {
        this.recipe = recipe;
        this.flags = flags;
        this.load = new Load(flags.events, flags.rate, flags.seed);
        this.started = started;
        this.out = out;
        this.progress = progress;
    }

    /**
     * Runs the recipe.
     *
     * @param out gets the verdict, and nothing else
     * @param progress gets what a person wants to see meanwhile, and the one line of whatever is wrong
     * @return the exit code: 0 the verdict is PASS, 1 it is FAIL or something broke, 2 a wrong flag
     */
    public static int run(Recipe recipe, String[] args, PrintStream out, PrintStream progress) {
        long started = System.nanoTime();
        try {
            RunFlags flags = new RunFlags();
            if (!RecipeCommand.parse("run", recipe, recipe.load(), flags, args)) {
                return RecipeCommand.PASSED;
            }
            RecipeCommand.requirePositive("--events", flags.events);
            RecipeCommand.requirePositive("--rate", flags.rate);
            RunCommand command = new RunCommand(recipe, flags, started, out, progress);
            RecipeCommand.refuseWhatIsDoneHere("run", flags.ofTheJob);
            // Read before the broker starts, so that a wrong flag is answered at once.
            recipe.accepts(command.load, flags.ofTheJob.toArray(String[]::new));
            return command.passes() ? RecipeCommand.PASSED : RecipeCommand.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return RecipeCommand.FAILED;
        } catch (Exception e) {
            return RecipeCommand.say("run", e, progress);
        }
    }

    private boolean passes() throws Exception {
        try (KafkaBroker embedded = flags.bootstrapServers == null ? InProcessKafka.started() : null;
                InProcessFlink flink = InProcessFlink.started(cluster())) {
            String servers = embedded == null ? flags.bootstrapServers : embedded.bootstrapServers();
            flink.install(settings());
            progress.println("Kafka at " + servers + ", Flink's Web UI at " + flink.webInterface());
            try (Scenario scenario = scenario(servers)) {
                return passesOn(servers, flink, scenario);
            }
        } finally {
            InProcessFlink.uninstall();
        }
    }

    /** What the jars of versions bring along is on this class path already, and two copies of one class do not fit. */
    private static Configuration cluster() {
        return new Configuration()
                .set(CoreOptions.CLASSLOADER_RESOLVE_ORDER, "parent-first")
                // A report shows all of them; Flink keeps ten.
                .set(WebOptions.CHECKPOINTS_HISTORY_SIZE, 10_000);
    }

    private static Configuration settings() {
        Configuration settings = new Configuration();
        settings.set(CoreOptions.DEFAULT_PARALLELISM, PARALLELISM);
        settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
        settings.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
        settings.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        return settings;
    }

    private Scenario scenario(String servers) {
        List<String> jobFlags = new ArrayList<>(flags.ofTheJob);
        jobFlags.remove("--create-topics");
        jobFlags.addAll(List.of("--bootstrap-servers", servers, "--create-topics"));
        return recipe.scenario(load, jobFlags.toArray(String[]::new));
    }

    private boolean passesOn(String servers, InProcessFlink flink, Scenario scenario) throws Exception {
        if (scenario.taskManagersToLose() > 0) {
            // Read by slf4j-simple when a class asks for its logger, which these have not done yet.
            LOUD_IN_A_PLANNED_FAILURE.forEach(
                    name -> System.setProperty("org.slf4j.simpleLogger.log." + name, "error"));
        }
        RecipeCommand.createTopics(servers, scenario);
        List<TopicFollower> inputs = new ArrayList<>();
        List<TopicFollower> outputs = new ArrayList<>();
        try (Admin admin = AdminClients.open(servers)) {
            scenario.topics().inputs().forEach(topic -> inputs.add(new TopicFollower(servers, topic)));
            scenario.topics().outputs().forEach(topic -> outputs.add(new TopicFollower(servers, topic)));
            refuseUsedTopics(inputs, outputs);
            CompletableFuture<Void> produced = RecipeCommand.inBackground("input", scenario::produce);
            Optional<VersionRuns> versions = scenario.versions().map(all -> new VersionRuns(flink, settings(), all));
            CompletableFuture<Void> job = RecipeCommand.inBackground("job", () -> {
                if (versions.isPresent()) {
                    versions.get().run();
                } else {
                    scenario.runJob();
                }
            });

            Progress live = new Progress(scenario, started, progress);
            Map<TopicPartition, Long> read = new HashMap<>();
            int taskManagersLost = 0;
            List<Fault> ownFaults = scenario.faultsOfARun();
            int ownFaultsSuffered = 0;
            CompletableFuture<Void> suffered = CompletableFuture.completedFuture(null);
            int upgradesToMake = versions.map(VersionRuns::upgrades).orElse(0);
            int upgrades = 0;
            CompletableFuture<Void> upgraded = CompletableFuture.completedFuture(null);
            long giveUpAt = System.nanoTime() + load.duration().plus(PATIENCE).toNanos();
            while (!produced.isDone()
                    || !areAtEnd(inputs)
                    || taskManagersLost < scenario.taskManagersToLose()
                    || ownFaultsSuffered < ownFaults.size()
                    || !suffered.isDone()
                    || upgrades < upgradesToMake
                    || !upgraded.isDone()
                    || !Audit.isDone(scenario, read, admin)) {
                if (System.nanoTime() > giveUpAt) {
                    throw new IllegalStateException("the job has not read its input " + PATIENCE.toSeconds()
                            + " s after the last event; does it restart again and again?");
                }
                failWithThe(job);
                failWithThe(produced);
                failWithThe(suffered);
                failWithThe(upgraded);
                for (TopicFollower input : inputs) {
                    for (ConsumerRecord<byte[], byte[]> record : input.poll(Duration.ofMillis(1))) {
                        scenario.input(record);
                        read.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
                    }
                }
                follow(outputs, scenario, live);
                // Spread over the run, so that each finds records that are written and not yet committed.
                boolean due =
                        isDue(taskManagersLost + upgrades, scenario.taskManagersToLose() + upgradesToMake, scenario);
                // If nothing at all comes out, there is no better moment.
                boolean works = live.delivered() > 0
                        || produced.isDone() && areAtEnd(inputs) && Audit.isDone(scenario, read, admin);
                if (taskManagersLost < scenario.taskManagersToLose() && due && works) {
                    flink.replaceTaskManager();
                    taskManagersLost++;
                    live.say("the TaskManager is gone, with all that ran on it; another one takes over");
                } else if (upgrades < upgradesToMake && due && works && upgraded.isDone()) {
                    upgrades++;
                    live.say("version " + upgrades + " is stopped with a savepoint, version " + (upgrades + 1)
                            + " goes on from it");
                    upgraded = RecipeCommand.inBackground("upgrade", versions.get()::upgrade);
                }
                boolean ownIsDue = isDue(ownFaultsSuffered, ownFaults.size(), scenario);
                if (ownFaultsSuffered < ownFaults.size() && ownIsDue && suffered.isDone()) {
                    Fault fault = ownFaults.get(ownFaultsSuffered++);
                    suffered = RecipeCommand.inBackground("fault", () -> scenario.suffer(fault, OUTAGE));
                    live.say("a fault: " + fault);
                }
            }
            drain(flink.client(), scenario, () -> follow(outputs, scenario, live));
            job.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!outputs.stream().allMatch(TopicFollower::isAtEnd)) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("a transaction is still open long after the job has ended");
                }
                follow(outputs, scenario, live);
            }
            live.end();
            Map<String, Object> ofTheRun = new LinkedHashMap<>();
            if (scenario.taskManagersToLose() > 0) {
                ofTheRun.put("task_managers_lost", taskManagersLost);
            }
            if (upgradesToMake > 0) {
                ofTheRun.put("upgrades", upgrades);
            }
            if (!ownFaults.isEmpty()) {
                ofTheRun.put("faults", ownFaultsSuffered);
            }
            Verdict verdict = scenario.verdict();
            scenario.report(new FlinkRest(flink.webInterface()))
                    .ifPresent(page -> progress.println("report: " + page.toUri()));
            out.println(
                    verdict.line(recipe.name(), load.seed(), scenario.input().sent(), ofTheRun));
            return verdict.pass();
        } finally {
            inputs.forEach(TopicFollower::close);
            outputs.forEach(TopicFollower::close);
        }
    }

    /** Whether the next of so many faults has its turn: they are spread over the input. */
    private boolean isDue(int happened, int inAll, Scenario scenario) {
        return scenario.input().sent() * (inAll + 1) > load.events() * (happened + 1);
    }

    private static boolean areAtEnd(List<TopicFollower> topics) {
        return topics.stream().allMatch(TopicFollower::isAtEnd);
    }

    /** Records from before would be counted as this run's. */
    private static void refuseUsedTopics(List<TopicFollower> inputs, List<TopicFollower> outputs) {
        List<TopicFollower> all = new ArrayList<>(outputs);
        all.addAll(inputs);
        for (TopicFollower topic : all) {
            topic.highWatermarks().forEach((partition, end) -> {
                if (end > 0) {
                    throw new IllegalArgumentException("--bootstrap-servers: topic " + partition.topic()
                            + " is not empty; name new ones with --input-topic and --output-topic");
                }
            });
        }
    }

    private static void follow(List<TopicFollower> outputs, Scenario scenario, Progress live) {
        OptionalLong elsewhere = scenario.deliveredElsewhere();
        elsewhere.ifPresent(live::deliveredInAll);
        for (TopicFollower output : outputs) {
            boolean main = elsewhere.isEmpty() && output == outputs.get(0);
            for (ConsumerRecord<byte[], byte[]> record : output.poll(Duration.ofMillis(main ? 100 : 1))) {
                scenario.output(record);
                if (main) {
                    live.delivered(record);
                }
            }
        }
        live.show();
    }

    /**
     * Stops the job at the end of event time, so that nothing waits for a watermark any more. If there is a chain of jobs, one
     * after the other, each when the oracle misses nothing that it could still write.
     */
    private static void drain(ClusterClient<?> client, Scenario scenario, Runnable follow) throws Exception {
        List<JobStatusMessage> running = new ArrayList<>(client.listJobs().get());
        running.removeIf(job -> job.getJobState().isGloballyTerminalState()); // A version that was replaced.
        List<String> order = scenario.jobs().stream().map(Scenario.Job::name).toList();
        running.sort(Comparator.comparingInt(job -> order.indexOf(job.getJobName())));
        for (JobStatusMessage job : running) {
            long deadline = System.nanoTime() + CATCHING_UP.toNanos();
            while (job != running.get(0) && scenario.verdict().lost() > 0 && System.nanoTime() < deadline) {
                follow.run();
            }
            stop(client, job.getJobId(), true);
        }
    }

    /** A job that has just lost its TaskManager cannot be stopped until it runs again. */
    static String stop(ClusterClient<?> client, JobID job, boolean drain) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return client.stopWithSavepoint(job, drain, null, SavepointFormatType.CANONICAL)
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                boolean restarts = ExceptionUtils.findThrowable(e, CheckpointException.class)
                        .isPresent();
                if (!restarts || System.nanoTime() > deadline) {
                    throw e;
                }
                LockSupport.parkNanos(POLL.toNanos());
            }
        }
    }

    private static void failWithThe(CompletableFuture<Void> task) throws Exception {
        if (task.isCompletedExceptionally()) {
            task.get();
        }
    }
}
