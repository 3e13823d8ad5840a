package dev.flinkcookbook.operations;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.runtime.checkpoint.OperatorState;

/** Whether a graph can take over the state of a snapshot, by the rules that the JobManager applies before it starts a job. */
final class Fit {
    /**
     * @param dropped state that no operator of the graph claims, a line each
     * @param refusals what no option can mend, a line each
     */
    record Result(List<String> dropped, List<String> refusals) {}

    private Fit() {}

    static Result of(Graph graph, List<OperatorState> states) {
        Map<String, Graph.Vertex> byId = new HashMap<>();
        for (Graph.Vertex vertex : graph.vertices()) {
            for (Graph.Operator operator : vertex.operators()) {
                byId.put(operator.id(), vertex);
                operator.uidHash().ifPresent(hash -> byId.put(hash, vertex));
            }
        }
        List<String> dropped = new ArrayList<>();
        List<String> refusals = new ArrayList<>();
        for (OperatorState state : states) {
            Graph.Vertex vertex = byId.get(state.getOperatorID().toString());
            if (vertex == null) {
                dropped.add("state of " + name(state) + " has no operator in the new version");
            } else if (vertex.maxParallelism() > 0 && vertex.maxParallelism() != state.getMaxParallelism()) {
                refusals.add("max parallelism of " + name(state) + " is " + state.getMaxParallelism()
                        + " in the savepoint and " + vertex.maxParallelism() + " in the new version");
            } else if (vertex.parallelism() > state.getMaxParallelism()) {
                refusals.add("parallelism of " + name(state) + " is " + vertex.parallelism()
                        + " in the new version, above the max parallelism " + state.getMaxParallelism()
                        + " of the savepoint");
            }
        }
        return new Result(dropped, refusals);
    }

    private static String name(OperatorState state) {
        Optional<String> uid = state.getOperatorUid().filter(text -> !text.isEmpty());
        Optional<String> name = state.getOperatorName().filter(text -> !text.isEmpty());
        return uid.map(text -> "uid " + text)
                .or(() -> name.map(text -> "'" + text + "'"))
                .orElse("operator " + state.getOperatorID());
    }
}
