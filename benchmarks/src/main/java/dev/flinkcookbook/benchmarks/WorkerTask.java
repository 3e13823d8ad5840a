package dev.flinkcookbook.benchmarks;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What one child JVM does, and how it learns of it: as the arguments of its main.
 *
 * @param records how many there are in the input topic
 * @param ids how many of them are distinct
 * @param clientProperties a file of Kafka client properties, may be empty
 * @param objectReuse as in {@code pipeline.object-reuse}
 * @param savepoint whether the job is not bounded, but stopped once it has read everything, to weigh its state
 * @param folder the child's own; it leaves its samples there
 */
record WorkerTask(
        Variant variant,
        String bootstrapServers,
        String inputTopic,
        String outputTopic,
        long records,
        long ids,
        Path clientProperties,
        boolean objectReuse,
        boolean savepoint,
        Path folder) {

    /** The same for all: how long an id is remembered. */
    static final Duration RETENTION = Duration.ofHours(24);

    static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);
    static final int PARALLELISM = 2;

    static WorkerTask of(String[] arguments) {
        return new WorkerTask(
                Variant.valueOf(arguments[0]),
                arguments[1],
                arguments[2],
                arguments[3],
                Long.parseLong(arguments[4]),
                Long.parseLong(arguments[5]),
                Path.of(arguments[6]),
                Boolean.parseBoolean(arguments[7]),
                Boolean.parseBoolean(arguments[8]),
                Path.of(arguments[9]));
    }

    String[] arguments() {
        return new String[] {
            variant.name(),
            bootstrapServers,
            inputTopic,
            outputTopic,
            Long.toString(records),
            Long.toString(ids),
            clientProperties.toString(),
            Boolean.toString(objectReuse),
            Boolean.toString(savepoint),
            folder.toString()
        };
    }

    Path samples() {
        return folder.resolve("samples");
    }

    String deadLetterTopic() {
        return outputTopic + ".dead-letters";
    }
}
