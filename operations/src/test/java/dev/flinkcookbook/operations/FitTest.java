package dev.flinkcookbook.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.junit.jupiter.api.Test;

class FitTest {
    private static final OperatorID COUNT = new OperatorID(1, 1);

    private static Graph graph(int parallelism, int maxParallelism, Graph.Operator... operators) {
        return new Graph(
                "job", List.of(new Graph.Vertex("v", parallelism, maxParallelism, "default", List.of(operators))));
    }

    private static Graph.Operator operator(OperatorID id) {
        return new Graph.Operator(id.toString(), Optional.empty(), "count");
    }

    /** Of the operator with the uid count, written with a max parallelism of 128. */
    private static List<OperatorState> state() {
        return List.of(new OperatorState("count", "count", COUNT, 2, 128));
    }

    @Test
    void takesWhatHasTheSameUid() {
        Fit.Result same = Fit.of(graph(4, 128, operator(COUNT)), state());

        assertThat(same.dropped()).isEmpty();
        assertThat(same.refusals()).isEmpty();
    }

    @Test
    void takesTheMaxParallelismOfTheStateWhereTheJobSetsNone() {
        assertThat(Fit.of(graph(4, -1, operator(COUNT)), state()).refusals()).isEmpty();
    }

    @Test
    void takesStateByAHashThatTheJobSets() {
        Graph.Operator renamed =
                new Graph.Operator(new OperatorID(2, 2).toString(), Optional.of(COUNT.toString()), "c");

        assertThat(Fit.of(graph(4, 128, renamed), state()).dropped()).isEmpty();
    }

    @Test
    void saysWhatWouldBeDropped() {
        assertThat(Fit.of(graph(4, 128, operator(new OperatorID(2, 2))), state())
                        .dropped())
                .containsExactly("state of uid count has no operator in the new version");
    }

    @Test
    void refusesAnotherMaxParallelism() {
        assertThat(Fit.of(graph(4, 64, operator(COUNT)), state()).refusals())
                .containsExactly("max parallelism of uid count is 128 in the savepoint and 64 in the new version");
    }

    @Test
    void refusesMoreSubtasksThanKeyGroups() {
        assertThat(Fit.of(graph(129, -1, operator(COUNT)), state()).refusals())
                .containsExactly("parallelism of uid count is 129 in the new version, above the max parallelism 128 of"
                        + " the savepoint");
    }

    @Test
    void countsSlotsByGroup() {
        Graph graph = new Graph(
                "job",
                List.of(
                        new Graph.Vertex("a", 2, 128, "one", List.of()),
                        new Graph.Vertex("b", 4, 128, "one", List.of()),
                        new Graph.Vertex("c", 3, 128, "other", List.of())));

        assertThat(graph.slots()).isEqualTo(7);
    }
}
