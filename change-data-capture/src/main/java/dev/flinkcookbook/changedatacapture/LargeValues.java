package dev.flinkcookbook.changedatacapture;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Postgres stores large values apart (TOAST), and does not tell them again while they stay the same. Debezium writes a placeholder then
 * ({@code unavailable.value.placeholder}); here it is replaced by the value as last known, byte for byte.
 */
final class LargeValues {

    private static final byte[] PLACEHOLDER = "\"__debezium_unavailable_value\"".getBytes(StandardCharsets.UTF_8);

    /** As {@link EnvelopeReader}, which passes over values without a look at their length. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** @param unknown how many placeholders are left, because the value was never told */
    record Row(byte[] json, int unknown) {}

    /** Where a column's value stands in a row. */
    private record Value(byte[] row, int from, int to) {

        boolean isPlaceholder() {
            return Arrays.equals(row, from, to, PLACEHOLDER, 0, PLACEHOLDER.length);
        }
    }

    private LargeValues() {}

    /**
     * The row with the values that are not in it.
     *
     * @param row as JSON
     * @param known the row as last known, as JSON; null if it is not known
     */
    static Row restore(byte[] row, byte[] known) {
        if (!hasPlaceholder(row)) {
            return new Row(row, 0);
        }
        Map<String, Value> before = known == null ? Map.of() : values(known);
        ByteArrayOutputStream restored = new ByteArrayOutputStream(row.length);
        int copied = 0;
        int unknown = 0;
        for (Map.Entry<String, Value> column : values(row).entrySet()) {
            Value value = column.getValue();
            Value last = before.get(column.getKey());
            if (!value.isPlaceholder()) {
                continue;
            }
            if (last == null || last.isPlaceholder()) {
                unknown++;
            } else {
                restored.write(row, copied, value.from() - copied);
                restored.write(known, last.from(), last.to() - last.from());
                copied = value.to();
            }
        }
        restored.write(row, copied, row.length - copied);
        return new Row(restored.toByteArray(), unknown);
    }

    private static Map<String, Value> values(byte[] row) {
        Map<String, Value> values = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(row)) {
            parser.nextToken();
            for (String column = parser.nextFieldName(); column != null; column = parser.nextFieldName()) {
                parser.nextToken();
                int from = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                parser.finishToken();
                values.remove(column); // The last of two with one name counts, and the order is that of the places.
                values.put(column, new Value(row, from, (int)
                        parser.currentLocation().getByteOffset()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // It was cut out of a document that had been read.
        }
        return values;
    }

    /** Almost no row has one, so no row is parsed to find out. */
    private static boolean hasPlaceholder(byte[] row) {
        for (int start = 0; start <= row.length - PLACEHOLDER.length; start++) {
            int i = 0;
            while (i < PLACEHOLDER.length && row[start + i] == PLACEHOLDER[i]) {
                i++;
            }
            if (i == PLACEHOLDER.length) {
                return true;
            }
        }
        return false;
    }
}
