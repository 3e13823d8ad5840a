package dev.flinkcookbook.operations;

import dev.flinkcookbook.testbed.ChildJvm;
import dev.flinkcookbook.testbed.FlinkDistribution;
import dev.flinkcookbook.testbed.RootCause;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;

/**
 * The graph of a job as its main makes it: what it runs, and under which ids it will look for its state.
 *
 * @param name of the job
 */
record Graph(String name, List<Vertex> vertices) {
    /** Of the lines that {@link GraphMain} prints; the job may print too. */
    static final String PREFIX = "cookbook-graph";

    private static final Duration TO_COMPILE = Duration.ofMinutes(2);
    private static final String MASKED = "******"; // In place of the values of secrets.

    /**
     * A step.
     *
     * @param maxParallelism as the job sets it, or -1: then a restored job takes what its state was written with
     * @param slotSharingGroup vertices of one group share their slots
     */
    record Vertex(String id, int parallelism, int maxParallelism, String slotSharingGroup, List<Operator> operators) {}

    /**
     * An operator of a chain.
     *
     * @param id made from its uid
     * @param uidHash a further id by which it takes state, if the job sets one
     */
    record Operator(String id, Optional<String> uidHash, String name) {}

    /**
     * Compiles a version.
     *
     * @param clusterOptions of the cluster that it is to run on
     * @throws IllegalStateException why main has failed, in one line
     */
    static Graph of(JarVersion version, Map<String, String> clusterOptions) {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("job-graph");
            Files.write(folder.resolve("config.yaml"), configuration(clusterOptions));
            List<String> arguments = new ArrayList<>(List.of(
                    folder.toString(),
                    version.jar().toString(),
                    version.entryClass() == null ? "" : version.entryClass(),
                    Integer.toString(version.parallelism())));
            arguments.addAll(version.flags());
            Path errors = folder.resolve("errors");
            try (ChildJvm child = ChildJvm.of(GraphMain.class)
                    .classPath(FlinkDistribution.classPath() + File.pathSeparator + classesOfThisModule())
                    .heap("512m")
                    .option("--add-opens=java.base/java.util=ALL-UNNAMED")
                    .option(ChildJvm.QUICK_COMPILER_ONLY)
                    .property("java.net.preferIPv4Stack", "true")
                    .arguments(arguments.toArray(String[]::new))
                    .errorsTo(errors)
                    .start()) {
                child.awaitExit(TO_COMPILE);
                return read(child.output(), errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            delete(folder);
        }
    }

    private static List<String> configuration(Map<String, String> clusterOptions) {
        Map<String, String> readable = new HashMap<>(clusterOptions);
        readable.values().removeIf(MASKED::equals);
        return ConfigurationUtils.convertConfigToWritableLines(Configuration.fromMap(readable), false);
    }

    private static String classesOfThisModule() {
        try {
            return Path.of(Graph.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Graph read(List<String> output, Path errors) throws IOException {
        String name = "";
        List<Vertex> vertices = new ArrayList<>();
        for (String line : output) {
            String[] columns = line.split("\t", -1);
            if (!columns[0].equals(PREFIX)) {
                continue;
            }
            switch (columns[1]) {
                case "name" -> name = columns[2];
                case "vertex" ->
                    vertices.add(new Vertex(
                            columns[2],
                            Integer.parseInt(columns[3]),
                            Integer.parseInt(columns[4]),
                            columns[5],
                            new ArrayList<>()));
                case "operator" ->
                    vertices.get(vertices.size() - 1)
                            .operators()
                            .add(new Operator(
                                    columns[2],
                                    columns[3].isEmpty() ? Optional.empty() : Optional.of(columns[3]),
                                    columns[4]));
                default -> {
                    return new Graph(name, vertices);
                }
            }
        }
        throw new IllegalStateException(reason(Files.readAllLines(errors)));
    }

    /** From the stack trace at the end of what the JVM has said; its log stands before it. */
    private static String reason(List<String> errors) {
        int start = 0;
        for (int i = 0; i < errors.size(); i++) {
            if (errors.get(i).startsWith("Exception in thread \"main\" ")) {
                start = i;
            }
        }
        String trace = String.join("\n", errors.subList(start, errors.size()));
        String line = RootCause.line(trace.replaceFirst("^Exception in thread \"main\" ", ""));
        return line.isEmpty() ? "its main has not called execute" : line;
    }

    private static void delete(Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many slots it takes: in each slot sharing group as many as its widest step has subtasks. */
    int slots() {
        Map<String, Integer> widest = new HashMap<>();
        vertices.forEach(vertex -> widest.merge(vertex.slotSharingGroup(), vertex.parallelism(), Math::max));
        return widest.values().stream().mapToInt(Integer::intValue).sum();
    }
}
