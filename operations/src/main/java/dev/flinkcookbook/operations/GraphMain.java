package dev.flinkcookbook.operations;

import java.io.File;
import java.util.Arrays;
import java.util.Optional;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.client.program.PackagedProgramUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.runtime.OperatorIDPair;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;

/**
 * Runs a job's main up to {@code execute} and prints the graph that it has made, for {@link Graph} to read. It runs in a JVM of
 * its own, with Flink's class path alone: as on a cluster, the job has what its jar has, and whatever main does, it does it here.
 *
 * <p>Arguments: the folder of a {@code config.yaml}, the jar, the main class or nothing, the parallelism, the flags of the job.
 */
final class GraphMain {
    private GraphMain() {}

    public static void main(String[] args) throws Exception {
        Configuration configuration = GlobalConfiguration.loadConfiguration(args[0]);
        try (PackagedProgram program = PackagedProgram.newBuilder()
                .setConfiguration(configuration)
                .setJarFile(new File(args[1]))
                .setEntryPointClassName(args[2].isEmpty() ? null : args[2])
                .setArguments(Arrays.copyOfRange(args, 4, args.length))
                .build()) {
            print(PackagedProgramUtils.createJobGraph(program, configuration, Integer.parseInt(args[3]), true));
        }
    }

    private static void print(JobGraph graph) {
        print("name", graph.getName());
        for (JobVertex vertex : graph.getVerticesSortedTopologicallyFromSources()) {
            print(
                    "vertex",
                    vertex.getID(),
                    vertex.getParallelism(),
                    vertex.getMaxParallelism(),
                    Optional.ofNullable(vertex.getSlotSharingGroup())
                            .map(group -> group.getSlotSharingGroupId().toString())
                            .orElse(""));
            for (OperatorIDPair operator : vertex.getOperatorIDs()) {
                print(
                        "operator",
                        operator.getGeneratedOperatorID(),
                        operator.getUserDefinedOperatorID()
                                .map(Object::toString)
                                .orElse(""),
                        String.valueOf(operator.getUserDefinedOperatorName()));
            }
        }
        print("end");
    }

    private static void print(Object... columns) {
        StringBuilder line = new StringBuilder(Graph.PREFIX);
        for (Object column : columns) {
            line.append('\t').append(column.toString().replaceAll("\\s+", " "));
        }
        System.out.println(line);
    }
}
