package dev.flinkcookbook.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What one child JVM does, and how it learns of it: as the arguments of its main.
 *
 * @param records how many there are in the input topic; 0 if nobody knows yet
 * @param ids how many of them are distinct, where the job asks
 * @param clientProperties a file of Kafka client properties, may be empty
 * @param objectReuse as in {@code pipeline.object-reuse}
 * @param folder the child's own; it leaves its samples there
 * @param jobFlags further flags of the job's main
 */
record WorkerTask(
        Variant variant,
        Work work,
        String bootstrapServers,
        String inputTopic,
        String outputTopic,
        long records,
        long ids,
        Duration checkpointInterval,
        Path clientProperties,
        boolean objectReuse,
        Path folder,
        List<String> jobFlags) {

    enum Work {
        /** A bounded job reads every record, and ends. */
        TO_THE_END,
        /** An unbounded job reads every record, and its state is weighed. */
        WEIGH_STATE,
        /** An unbounded job reads what comes. */
        UNTIL_KILLED
    }

    /** The same for all: how long an id is remembered. */
    static final Duration RETENTION = Duration.ofHours(24);

    /** Of the timed runs. */
    static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);

    private static final int FIRST_JOB_FLAG = 11;

    /** Of every topic, and the parallelism of every job. */
    static final int PARTITIONS = 2;

    static WorkerTask of(String[] arguments) {
        return new WorkerTask(
                Variant.valueOf(arguments[0]),
                Work.valueOf(arguments[1]),
                arguments[2],
                arguments[3],
                arguments[4],
                Long.parseLong(arguments[5]),
                Long.parseLong(arguments[6]),
                Duration.parse(arguments[7]),
                Path.of(arguments[8]),
                Boolean.parseBoolean(arguments[9]),
                Path.of(arguments[10]),
                List.of(arguments).subList(FIRST_JOB_FLAG, arguments.length));
    }

    String[] arguments() {
        List<String> arguments = new ArrayList<>(List.of(
                variant.name(),
                work.name(),
                bootstrapServers,
                inputTopic,
                outputTopic,
                Long.toString(records),
                Long.toString(ids),
                checkpointInterval.toString(),
                clientProperties.toString(),
                Boolean.toString(objectReuse),
                folder.toString()));
        arguments.addAll(jobFlags);
        return arguments.toArray(String[]::new);
    }

    Path samples() {
        return folder.resolve("samples");
    }

    String deadLetterTopic() {
        return outputTopic + ".dead-letters";
    }

    String lateTopic() {
        return outputTopic + ".late";
    }
}
