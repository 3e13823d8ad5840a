package dev.flinkcookbook.queryevolutionsql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A compiled plan, whose operators are numbered from 1. Flink numbers them from where the JVM's last plan ended, and the uids of the
 * state contain the numbers: compiled twice on a session cluster, the same statement would not find its state.
 *
 * @param operators by their numbers
 */
record Plan(ObjectNode json, Map<Integer, Operator> operators) {

    private static final JsonMapper JSON = new JsonMapper();

    /**
     * An operator of the plan.
     *
     * @param json as Flink has written it, but for its number
     * @param inputs in their order
     */
    record Operator(int id, JsonNode json, List<Operator> inputs) {

        /** Without its version: {@code group-aggregate}. */
        String type() {
            return json.get("type").asText().replaceFirst("^stream-exec-", "").replaceFirst("_\\d+$", "");
        }

        String description() {
            return json.get("description").asText();
        }
    }

    /** Reads what {@code COMPILE PLAN} has written, whatever its first number is. */
    static Plan parse(String text) {
        try {
            ObjectNode json = (ObjectNode) JSON.readTree(text);
            int first = Integer.MAX_VALUE;
            for (JsonNode operator : json.get("nodes")) {
                first = Math.min(first, operator.get("id").asInt());
            }
            int less = first - 1;
            json.get("nodes").forEach(operator -> subtract(less, (ObjectNode) operator, "id"));
            json.get("edges").forEach(edge -> subtract(less, (ObjectNode) edge, "source", "target"));
            return new Plan(json, operators(json));
        } catch (JsonProcessingException | ClassCastException | NullPointerException e) {
            throw new IllegalArgumentException("no plan that Flink has compiled: " + e.getMessage(), e);
        }
    }

    private static void subtract(int less, ObjectNode from, String... fields) {
        for (String field : fields) {
            from.put(field, from.get(field).asInt() - less);
        }
    }

    private static Map<Integer, Operator> operators(JsonNode plan) {
        Map<Integer, Operator> operators = new TreeMap<>();
        List<JsonNode> nodes = new ArrayList<>();
        plan.get("nodes").forEach(nodes::add);
        nodes.sort(Comparator.comparingInt(node -> node.get("id").asInt())); // An operator comes after its inputs.
        for (JsonNode node : nodes) {
            int id = node.get("id").asInt();
            List<Operator> inputs = new ArrayList<>();
            for (JsonNode edge : plan.get("edges")) {
                if (edge.get("target").asInt() == id) {
                    inputs.add(operators.get(edge.get("source").asInt()));
                }
            }
            operators.put(id, new Operator(id, node, inputs));
        }
        return operators;
    }

    String text() {
        return json.toPrettyString();
    }
}
