package dev.flinkcookbook.testbed;

import static dev.flinkcookbook.testbed.AdminClients.answer;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.program.ClusterClient;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Option;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Unmatched;

/**
 * {@code ./cookbook run}: a recipe's job on real Kafka within one JVM. Generates input, runs the job's own main on a MiniCluster
 * with its Web UI, and prints the verdict of the recipe's oracle on the topics.
 */
public final class RunCommand {

    private static final int PARTITIONS = 2;
    private static final int PARALLELISM = 2;
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    static final int PASSED = 0;
    static final int FAILED = 1;
    static final int WRONG_CALL = 2;

    /** They warn, with stack traces, of the failure that the run brings about. */
    private static final List<String> LOUD_IN_A_PLANNED_FAILURE = List.of(
            "org.apache.flink.runtime.taskmanager.Task",
            "org.apache.flink.runtime.jobmaster.JobMaster",
            "org.apache.flink.connector.kafka.sink.internal");

    @Command(sortOptions = false, description = "Flags that are not listed here go to the job.")
    private static final class RunFlags {
        @Option(names = "--events", paramLabel = "N", defaultValue = "50000", description = "default: ${DEFAULT-VALUE}")
        private long events;

        @Option(
                names = "--rate",
                paramLabel = "N",
                defaultValue = "5000",
                description = "a second, default: ${DEFAULT-VALUE}")
        private long rate;

        @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "default: ${DEFAULT-VALUE}")
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
            CommandLine commandLine = commandLine("run " + recipe.name(), flags);
            parse(commandLine, args);
            if (commandLine.isUsageHelpRequested()) {
                commandLine.usage(System.out);
                recipe.accepts(new Load(1, 1, 1), "--help");
                return PASSED;
            }
            requirePositive("--events", flags.events);
            requirePositive("--rate", flags.rate);
            RunCommand command = new RunCommand(recipe, flags, started, out, progress);
            refuseWhatIsDoneHere("run", flags.ofTheJob);
            // Read before the broker starts, so that a wrong flag is answered at once.
            recipe.accepts(command.load, flags.ofTheJob.toArray(String[]::new));
            return command.passes() ? PASSED : FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FAILED;
        } catch (Exception e) {
            return say("run", e, progress);
        }
    }

    /** One line of what is wrong, and the exit code for it. */
    static int say(String verb, Exception wrong, PrintStream progress) {
        Throwable cause = wrong instanceof ExecutionException ? wrong.getCause() : wrong;
        boolean wrongFlag = cause instanceof IllegalArgumentException;
        boolean saysItAll = wrongFlag || cause.getClass() == IllegalStateException.class;
        progress.println(saysItAll ? cause.getMessage() : verb + ": " + cause);
        return wrongFlag ? WRONG_CALL : FAILED;
    }

    static CommandLine commandLine(String name, Object flags) {
        return new CommandLine(flags)
                .setCommandName(name)
                .setExpandAtFiles(false)
                .setUsageHelpAutoWidth(true);
    }

    static void parse(CommandLine commandLine, String... args) {
        try {
            commandLine.parseArgs(args);
        } catch (MissingParameterException e) {
            throw new IllegalArgumentException(
                    ((CommandLine.Model.OptionSpec) e.getMissing().get(0)).longestName() + ": got no value");
        } catch (OverwrittenOptionException e) {
            throw new IllegalArgumentException(
                    ((CommandLine.Model.OptionSpec) e.getOverwritten()).longestName() + ": given more than once");
        } catch (ParameterException e) {
            String flag = ((CommandLine.Model.OptionSpec) e.getArgSpec()).longestName();
            throw new IllegalArgumentException(flag + ": got '" + e.getValue() + "', expected N, a whole number");
        }
    }

    static void requirePositive(String flag, long given) {
        if (given < 1) {
            throw new IllegalArgumentException(flag + ": got '" + given + "', expected at least 1");
        }
    }

    static void refuseWhatIsDoneHere(String verb, List<String> jobFlags) {
        for (String flag : jobFlags) {
            if (flag.equals("--bounded")) {
                throw new IllegalArgumentException(
                        "--bounded: " + verb + " itself ends the job, once it has read everything");
            }
            if (flag.startsWith("--kafka-properties")) {
                throw new IllegalArgumentException(
                        "--kafka-properties: " + verb + " reads the topics without it; use ./cookbook job");
            }
        }
    }

    private boolean passes() throws Exception {
        try (KafkaBroker embedded = flags.bootstrapServers == null ? InProcessKafka.started() : null;
                InProcessFlink flink = InProcessFlink.started(new Configuration())) {
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
        if (!Topics.exists(servers, scenario.inputTopic())) {
            Topics.create(servers, scenario.inputTopic(), PARTITIONS);
        }
        scenario.createOutputTopics();
        List<TopicFollower> outputs = new ArrayList<>();
        try (Admin admin = AdminClients.open(servers);
                TopicFollower inputs = new TopicFollower(servers, scenario.inputTopic())) {
            scenario.outputTopics().forEach(topic -> outputs.add(new TopicFollower(servers, topic)));
            refuseUsedTopics(inputs, outputs);
            CompletableFuture<Void> produced = inBackground("input", scenario::produce);
            CompletableFuture<Void> job = inBackground("job", scenario::runJob);

            Progress live = new Progress(scenario);
            Map<TopicPartition, Long> read = new HashMap<>();
            int taskManagersLost = 0;
            long giveUpAt = System.nanoTime() + load.duration().plus(PATIENCE).toNanos();
            while (!produced.isDone() || !inputs.isAtEnd() || !isDone(scenario, read, admin)) {
                if (System.nanoTime() > giveUpAt) {
                    throw new IllegalStateException("the job has not read its input " + PATIENCE.toSeconds()
                            + " s after the last event; does it restart again and again?");
                }
                failWithThe(job);
                failWithThe(produced);
                for (ConsumerRecord<byte[], byte[]> record : inputs.poll(Duration.ofMillis(1))) {
                    scenario.input(record);
                    read.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
                }
                follow(outputs, scenario, live);
                // Spread over the run, so that each finds records that are written and not yet committed.
                if (taskManagersLost < scenario.taskManagersToLose()
                        && live.delivered > 0
                        && scenario.produced() * (scenario.taskManagersToLose() + 1)
                                > load.events() * (taskManagersLost + 1)) {
                    flink.replaceTaskManager();
                    taskManagersLost++;
                    live.say("the TaskManager is gone, with all that ran on it; another one takes over");
                }
            }
            drain(flink, job);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!outputs.stream().allMatch(TopicFollower::isAtEnd)) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("a transaction is still open long after the job has ended");
                }
                follow(outputs, scenario, live);
            }
            live.end();
            Map<String, ?> ofTheRun =
                    scenario.taskManagersToLose() == 0 ? Map.of() : Map.of("task_managers_lost", taskManagersLost);
            Verdict verdict = scenario.verdict();
            out.println(verdict.line(recipe.name(), load.seed(), scenario.produced(), ofTheRun));
            return verdict.pass();
        } finally {
            outputs.forEach(TopicFollower::close);
        }
    }

    /** Records from before would be counted as this run's. */
    private static void refuseUsedTopics(TopicFollower inputs, List<TopicFollower> outputs) {
        List<TopicFollower> all = new ArrayList<>(outputs);
        all.add(inputs);
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

    /** Nothing is missing, or the source has committed the end of its input: what is still missing will not come. */
    static boolean isDone(Scenario scenario, Map<TopicPartition, Long> end, Admin admin) {
        // The second takes up to ten seconds on an idle topic: the offsets wait for the consumer's poll to end.
        return scenario.verdict().lost() == 0 || hasCommitted(end, scenario.groupId(), admin);
    }

    private static boolean hasCommitted(Map<TopicPartition, Long> end, String groupId, Admin admin) {
        Map<TopicPartition, OffsetAndMetadata> committed =
                answer(admin.listConsumerGroupOffsets(groupId).partitionsToOffsetAndMetadata());
        return end.entrySet().stream()
                .allMatch(wanted -> committed.get(wanted.getKey()) != null
                        && committed.get(wanted.getKey()).offset() >= wanted.getValue());
    }

    /** Stops the job at the end of event time, so that nothing waits for a watermark any more. */
    private static void drain(InProcessFlink flink, CompletableFuture<Void> job) throws Exception {
        ClusterClient<?> client = flink.client();
        for (JobStatusMessage running : client.listJobs().get()) {
            JobID id = running.getJobId();
            client.stopWithSavepoint(id, true, null, SavepointFormatType.CANONICAL)
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        job.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    interface Task {
        void run() throws Exception;
    }

    static CompletableFuture<Void> inBackground(String name, Task task) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                        result.complete(null);
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    private static void failWithThe(CompletableFuture<Void> task) throws Exception {
        if (task.isCompletedExceptionally()) {
            task.get();
        }
    }

    /** What a person sees meanwhile. */
    private final class Progress {
        private final Scenario scenario;
        private final boolean oneLine = Boolean.getBoolean("cookbook.interactive");
        private long delivered;
        private long shownAt = started;
        private boolean lineIsOpen;

        Progress(Scenario scenario) {
            this.scenario = scenario;
        }

        void delivered(ConsumerRecord<byte[], byte[]> record) {
            if (delivered++ == 0) {
                say("first-delivered ms="
                        + Duration.ofNanos(System.nanoTime() - started).toMillis() + " value="
                        + new String(record.value(), StandardCharsets.UTF_8));
            }
        }

        void deliveredInAll(long outputs) {
            if (delivered == 0 && outputs > 0) {
                say("first-delivered ms="
                        + Duration.ofNanos(System.nanoTime() - started).toMillis());
            }
            delivered = outputs;
        }

        void say(String line) {
            if (lineIsOpen) {
                progress.println();
                lineIsOpen = false;
            }
            progress.println(line);
        }

        void show() {
            Duration interval = Duration.ofSeconds(oneLine ? 1 : 5);
            if (System.nanoTime() - shownAt >= interval.toNanos()) {
                print(oneLine ? "\r" : "", oneLine ? "" : System.lineSeparator());
                shownAt = System.nanoTime();
            }
        }

        void end() {
            print(oneLine ? "\r" : "", System.lineSeparator());
        }

        private void print(String before, String after) {
            progress.printf(
                    Locale.ROOT,
                    "%s%3d s: produced %,d, delivered %,d%s",
                    before,
                    Duration.ofNanos(System.nanoTime() - started).toSeconds(),
                    scenario.produced(),
                    delivered,
                    after);
            progress.flush();
            lineIsOpen = after.isEmpty();
        }
    }
}
