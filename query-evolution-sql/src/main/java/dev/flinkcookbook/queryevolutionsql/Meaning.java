package dev.flinkcookbook.queryevolutionsql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flinkcookbook.queryevolutionsql.Plan.Operator;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the rows of an operator are: of which tables, under which conditions, computed how. Two operators with the same meaning have the
 * same state after the same input. Names and places of columns count for nothing, what is computed from them does.
 */
final class Meaning {

    /** Of an operator, what says how it runs, and nothing of what its state holds. */
    private static final List<String> IRRELEVANT =
            List.of("id", "description", "configuration", "inputProperties", "state", "generateUpdateBefore");

    /** Where a restored source begins is in its state, and whom it speaks to is no question of what it reads. */
    private static final Set<String> IRRELEVANT_OPTIONS = Set.of("scan.startup", "scan.parallelism", "properties");

    /**
     * The rows an operator gives.
     *
     * @param rows which ones
     * @param columns what each column of them is
     */
    private record Output(String rows, List<String> columns) {}

    private final Map<Integer, Output> known = new HashMap<>();

    /** The same of two operators whose states are the same after the same rows of their tables. */
    String ofState(Operator operator) {
        if (operator.type().equals("join")
                && operator.json().at("/joinSpec/joinType").asText().equals("INNER")) {
            // It keeps all rows of both sides, whichever of them go together by more than their keys.
            ObjectNode relevant = relevant(operator);
            ((ObjectNode) relevant.get("joinSpec")).remove("nonEquiCondition");
            relevant.remove("outputType");
            return rendered(relevant, List.of()) + ofInputs(operator);
        }
        return output(operator).rows();
    }

    /** The same of two operators that give the same rows. */
    String ofOutput(Operator operator) {
        Output output = output(operator);
        return output.rows() + output.columns();
    }

    /** The same of what comes into it. */
    String ofInputs(Operator operator) {
        return operator.inputs().stream().map(this::ofOutput).collect(Collectors.joining());
    }

    private Output output(Operator operator) {
        Output output = known.get(operator.id());
        if (output == null) {
            output = compute(operator);
            known.put(operator.id(), output);
        }
        return output;
    }

    private Output compute(Operator operator) {
        List<Output> inputs = operator.inputs().stream().map(this::output).toList();
        return switch (operator.type()) {
            case "table-source-scan" -> scan(operator);
            case "exchange", "drop-update-before", "mini-batch-assigner" -> inputs.get(0);
            case "watermark-assigner" -> watermarked(operator, inputs.get(0));
            case "calc" -> calc(operator, inputs.get(0));
            case "union" -> union(inputs);
            default -> other(operator, inputs);
        };
    }

    private static Output scan(Operator operator) {
        JsonNode source = operator.json().get("scanTableSource");
        StringBuilder table = new StringBuilder("scan");
        source.at("/table/resolvedTable/options").properties().forEach(option -> {
            if (IRRELEVANT_OPTIONS.stream().noneMatch(option.getKey()::startsWith)) {
                table.append(' ').append(option);
            }
        });
        table.append(source.path("abilities"));
        List<String> columns = new ArrayList<>();
        for (String column : columnsOf(operator)) {
            columns.add(id(table + "." + column));
        }
        return new Output(id(table.toString()), columns);
    }

    private static Output watermarked(Operator operator, Output input) {
        String watermark = rendered(operator.json().get("watermarkExpr"), input.columns());
        return new Output(id(input.rows() + " watermark " + watermark), input.columns());
    }

    private static Output calc(Operator operator, Output input) {
        JsonNode condition = operator.json().get("condition");
        String rows = condition == null || condition.isNull()
                ? input.rows()
                : id(input.rows() + " where " + rendered(condition, input.columns()));
        List<String> columns = new ArrayList<>();
        for (JsonNode projection : operator.json().get("projection")) {
            columns.add(
                    projection.path("kind").asText().equals("INPUT_REF")
                            ? input.columns().get(projection.get("inputIndex").asInt())
                            : id(rendered(projection, input.columns())));
        }
        return new Output(rows, columns);
    }

    private static Output union(List<Output> inputs) {
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < inputs.get(0).columns().size(); i++) {
            int column = i;
            columns.add(id("union"
                    + inputs.stream().map(input -> input.columns().get(column)).toList()));
        }
        return new Output(
                id("union" + inputs.stream().map(Output::rows).sorted().toList()), columns);
    }

    private static Output other(Operator operator, List<Output> inputs) {
        String what = id(rendered(relevant(operator), List.of()) + inputs);
        List<String> columns = new ArrayList<>();
        List<String> types = columnsOf(operator);
        for (int i = 0; i < types.size(); i++) {
            columns.add(what + "#" + i);
        }
        return new Output(what, columns);
    }

    /** The columns of the output type, their names and types. */
    private static List<String> columnsOf(Operator operator) {
        JsonNode type = operator.json().get("outputType");
        List<String> columns = new ArrayList<>();
        if (type.isObject()) { // With a time attribute it cannot be written as text.
            type.get("fields").forEach(field -> columns.add(field.toString()));
            return columns;
        }
        String row = type.asText();
        int depth = 0;
        int from = row.indexOf('<') + 1;
        for (int i = from; i < row.length(); i++) {
            char character = row.charAt(i);
            if (depth == 0 && (character == ',' || character == '>')) {
                columns.add(row.substring(from, i).strip());
                from = i + 1;
            }
            depth += character == '<' || character == '(' ? 1 : character == '>' || character == ')' ? -1 : 0;
        }
        return columns;
    }

    /** Of a part of a plan what matters, with what a column is in the place of its number where the columns are given. */
    private static String rendered(JsonNode part, List<String> columns) {
        if (part.isArray()) {
            List<String> elements = new ArrayList<>();
            part.forEach(element -> elements.add(rendered(element, columns)));
            return elements.toString();
        }
        if (!(part instanceof ObjectNode object)) {
            return part.toString();
        }
        if (!columns.isEmpty() && part.path("kind").asText().equals("INPUT_REF")) {
            return columns.get(part.get("inputIndex").asInt());
        }
        return object.properties().stream()
                .filter(field -> !isAName(field.getKey(), object))
                .map(field -> field.getKey() + "="
                        + (field.getKey().equals("outputType")
                                        && field.getValue().isTextual()
                                ? field.getValue().asText().replaceAll("`[^`]*` ", "")
                                : rendered(field.getValue(), columns)))
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** Of an aggregate or of a field of a row. */
    private static boolean isAName(String field, ObjectNode of) {
        return field.equals("name") && (of.has("argList") || of.has("fieldType"));
    }

    private static ObjectNode relevant(Operator operator) {
        ObjectNode relevant = operator.json().deepCopy();
        return relevant.remove(IRRELEVANT);
    }

    private static String id(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Each JVM must have it.
        }
    }
}
