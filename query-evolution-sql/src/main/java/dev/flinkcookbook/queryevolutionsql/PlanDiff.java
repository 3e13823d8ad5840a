package dev.flinkcookbook.queryevolutionsql;

import dev.flinkcookbook.queryevolutionsql.Plan.Operator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamGraphHasherV2;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.util.StringUtils;

/**
 * Says what becomes of the state of one statement when another one starts from its savepoint: which operator takes over whose state, and
 * whether that state is what it would itself have made of the same input. Nothing is executed.
 */
final class PlanDiff {

    /** How the statement was first deployed, and is deployed again: it decides by what an operator's state is found. */
    enum Restore {
        /** By {@code INSERT}: Flink derives the ids of the operators from the shape of the graph. */
        PLAIN,
        /** By {@code EXECUTE PLAN}: the ids are the numbers and types of the operators in the plan. */
        PLAN;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A reason not to restore: the job would not start, or it would start and its results would be wrong.
     *
     * @param operator as the plan describes it
     * @param reason a sentence
     */
    record Finding(String operator, String reason) {}

    /**
     * What the comparison says.
     *
     * @param stateless whether neither statement knows anything but how far it has read and written
     * @param findings none if the second statement may start from a savepoint of the first one
     */
    record Verdict(boolean stateless, List<Finding> findings) {}

    /** Those that keep nothing from one checkpoint to the next. What is neither here nor known to have state is refused. */
    private static final Set<String> STATELESS = Set.of(
            "calc",
            "correlate",
            "drop-update-before",
            "exchange",
            "expand",
            "local-group-aggregate",
            "local-window-aggregate",
            "mini-batch-assigner",
            "union",
            "values",
            "watermark-assigner");

    private static final Set<String> STATEFUL = Set.of(
            "changelog-normalize",
            "deduplicate",
            "global-group-aggregate",
            "global-window-aggregate",
            "group-aggregate",
            "incremental-group-aggregate",
            "interval-join",
            "join",
            "limit",
            "match",
            "over-aggregate",
            "rank",
            "sink",
            "sort-limit",
            "table-source-scan",
            "temporal-join",
            "temporal-sort",
            "window-aggregate",
            "window-deduplicate",
            "window-join",
            "window-rank");

    private static final Pattern NUMBER = Pattern.compile("\\[(\\d+)]");

    /** Flink's own, of a parallelism of at most 85. */
    private static final String DEFAULT_MAX_PARALLELISM = "128";

    private PlanDiff() {}

    /** Compares two scripts, the second of which is to start from a savepoint of the first. */
    static Verdict between(SqlScript before, SqlScript after, Restore restore) {
        List<Finding> findings = new ArrayList<>();
        if (!Objects.equals(maxParallelism(before), maxParallelism(after))) {
            findings.add(new Finding(
                    PipelineOptions.MAX_PARALLELISM.key(),
                    "the maximum parallelism is part of each savepoint: it was " + maxParallelism(before) + " and is "
                            + maxParallelism(after)));
        }
        Map<String, Operator> were = withState(before, restore, findings);
        Map<String, Operator> are = withState(after, restore, findings);
        Meaning meaningBefore = new Meaning();
        Meaning meaningAfter = new Meaning();
        were.forEach((id, was) -> {
            Operator is = are.get(id);
            if (is == null) {
                findings.add(new Finding(was.description(), "no operator takes over its state"));
            } else if (!is.type().equals(was.type())) {
                findings.add(new Finding(was.description(), "its state goes to another operator: " + is.description()));
            } else if (isRead(was) && !meaningBefore.ofState(was).equals(meaningAfter.ofState(is))) {
                findings.add(new Finding(
                        was.description(),
                        meaningBefore.ofInputs(was).equals(meaningAfter.ofInputs(is))
                                ? "its state is read as that of " + is.description()
                                : "its state is of another input: "
                                        + difference(was, is, meaningBefore, meaningAfter)));
            }
        });
        are.forEach((id, is) -> {
            if (!were.containsKey(id) && hasAPast(is)) {
                findings.add(new Finding(is.description(), "it starts without the past"));
            }
        });
        boolean stateless =
                Stream.concat(were.values().stream(), are.values().stream()).noneMatch(PlanDiff::hasAPast);
        return new Verdict(stateless, findings.stream().distinct().toList());
    }

    /** The two operators nearest to the tables that differ in themselves, not in what comes into them alone. */
    private static String difference(Operator was, Operator is, Meaning before, Meaning after) {
        if (was.inputs().size() == is.inputs().size()) {
            for (int i = 0; i < was.inputs().size(); i++) {
                Operator wasInput = was.inputs().get(i);
                Operator isInput = is.inputs().get(i);
                if (!before.ofOutput(wasInput).equals(after.ofOutput(isInput))) {
                    return difference(wasInput, isInput, before, after);
                }
            }
        }
        return "it was " + was.description() + " and is " + is.description();
    }

    /** Not what a sink knows of its transactions; but one that keeps rows by their key has those too. */
    private static boolean isRead(Operator operator) {
        return !operator.type().equals("sink") || !operator.json().path("state").isEmpty();
    }

    private static boolean hasAPast(Operator operator) {
        return isRead(operator) && !operator.type().equals("table-source-scan");
    }

    private static String maxParallelism(SqlScript script) {
        return script.settings().getOrDefault(PipelineOptions.MAX_PARALLELISM.key(), DEFAULT_MAX_PARALLELISM);
    }

    /** By the ids that a savepoint has of them. */
    private static Map<String, Operator> withState(SqlScript script, Restore restore, List<Finding> findings) {
        SqlStatements statements = SqlStatements.of(script);
        Plan plan = Plan.parse(statements.compiled().asJsonString());
        for (Operator operator : plan.operators().values()) {
            if (!STATEFUL.contains(operator.type()) && !STATELESS.contains(operator.type())) {
                findings.add(
                        new Finding(operator.description(), "nothing is known of the state of a " + operator.type()));
            }
        }
        Map<String, Operator> operators = new LinkedHashMap<>();
        if (restore == Restore.PLAN) {
            plan.operators()
                    .values()
                    .forEach(operator -> operators.put(operator.id() + "_" + operator.type(), operator));
        } else {
            operators.putAll(byHash(statements.graph(), plan));
        }
        operators.values().removeIf(operator -> STATELESS.contains(operator.type()));
        return operators;
    }

    /** Flink numbers the operators of the graph as it does those of the plan, and goes on from where that has ended. */
    private static Map<String, Operator> byHash(StreamGraph graph, Plan plan) {
        Map<Integer, byte[]> hashes = new StreamGraphHasherV2().traverseStreamGraphAndGenerateHashes(graph);
        List<StreamNode> nodes = graph.getStreamNodes().stream()
                .sorted(Comparator.comparingInt(StreamNode::getId))
                .toList();
        int more = numbersAreHigherBy(nodes, plan);
        Iterator<Operator> sources = ofType("table-source-scan", plan);
        Iterator<Operator> sinks = ofType("sink", plan);
        Map<String, Operator> operators = new LinkedHashMap<>();
        for (StreamNode node : nodes) {
            Operator operator;
            if (node.getInEdges().isEmpty()) {
                operator = sources.next(); // A connector may give it any name, without the number.
            } else if (node.getOutEdges().isEmpty()) {
                operator = sinks.next();
            } else {
                operator = plan.operators().get(number(node) - more);
            }
            if (operator != null) {
                operators.put(StringUtils.byteToHexString(hashes.get(node.getId())), operator);
            }
        }
        return operators;
    }

    private static Iterator<Operator> ofType(String type, Plan plan) {
        return plan.operators().values().stream()
                .filter(operator -> operator.type().equals(type))
                .iterator();
    }

    private static int numbersAreHigherBy(List<StreamNode> nodes, Plan plan) {
        for (StreamNode node : nodes) {
            for (Operator operator : plan.operators().values()) {
                if (node.getOperatorDescription().equals("[" + number(node) + "]:" + operator.description())) {
                    return number(node) - operator.id();
                }
            }
        }
        return 0; // There are sources and sinks only.
    }

    private static int number(StreamNode node) {
        Matcher number = NUMBER.matcher(node.getOperatorName());
        return number.find() ? Integer.parseInt(number.group(1)) : 0;
    }
}
