package dev.flinkcookbook.deduplication;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/**
 * Reads a few fields out of a JSON document with a streaming parser: no tree, no object, most of the document skipped. It
 * reads to the end all the same, since a truncated copy must not pass for the event and shadow the good retry.
 */
final class FieldReader {

    private static final JsonFactory JSON = JsonFactory.builder()
            // Names made to collide would otherwise throw what no caller expects.
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            .build();

    private static final int MOST_DIGITS_OF_A_LONG = 19;

    private final JsonPointer[] pointers;

    /** @param pointers where the fields are (RFC 6901), such as {@code /payment/id} */
    FieldReader(List<JsonPointer> pointers) {
        this.pointers = pointers.toArray(JsonPointer[]::new);
    }

    /**
     * The values at the pointers, in the pointers' order: {@code String}, {@code Long}, {@code BigDecimal} (an integer that
     * fits is always a {@code Long}) or {@code Boolean}; null where the document has no such field, or JSON's null.
     *
     * @throws UnreadableEventException not JSON, more than one document, a field twice, or an object where a value should be
     */
    Object[] read(byte[] document) throws UnreadableEventException {
        Object[] values = new Object[pointers.length];
        boolean[] found = new boolean[pointers.length];
        try (JsonParser parser = JSON.createParser(document)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new UnreadableEventException("not-json", "the value is empty");
            }
            readInto(values, found, pointers, parser);
            if (parser.nextToken() != null) {
                throw new UnreadableEventException("not-json", "more follows after the end of the document");
            }
            return values;
        } catch (StreamConstraintsException e) {
            throw new UnreadableEventException("json-beyond-limits", e.getOriginalMessage());
        } catch (JsonProcessingException e) {
            throw new UnreadableEventException("not-json", e.getOriginalMessage());
        } catch (IOException e) { // malformed UTF-8 or UTF-32; nothing else can fail on bytes in memory
            throw new UnreadableEventException("not-json", e.getMessage());
        }
    }

    /** @param rests what remains of each pointer below the current value; null where the pointer leads elsewhere */
    private void readInto(Object[] values, boolean[] found, JsonPointer[] rests, JsonParser parser)
            throws IOException, UnreadableEventException {
        for (int i = 0; i < rests.length; i++) {
            if (rests[i] != null && rests[i].matches()) {
                if (found[i]) {
                    throw new UnreadableEventException("field-repeated", pointers[i] + " stands there twice");
                }
                found[i] = true;
                values[i] = scalar(parser, pointers[i]);
            }
        }
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            readObject(values, found, rests, parser);
        } else if (parser.currentToken() == JsonToken.START_ARRAY) {
            readArray(values, found, rests, parser);
        }
    }

    private void readObject(Object[] values, boolean[] found, JsonPointer[] rests, JsonParser parser)
            throws IOException, UnreadableEventException {
        boolean[] entered = new boolean[rests.length];
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonPointer[] inner = null;
            for (int i = 0; i < rests.length; i++) {
                JsonPointer rest = rests[i] == null ? null : rests[i].matchProperty(name);
                if (rest != null) {
                    // Two parents of the same name: which of them holds the field is anybody's guess.
                    if (entered[i]) {
                        throw new UnreadableEventException("field-repeated", pointers[i] + " stands there twice");
                    }
                    entered[i] = true;
                    inner = inner == null ? new JsonPointer[rests.length] : inner;
                    inner[i] = rest;
                }
            }
            parser.nextToken();
            if (inner == null) {
                parser.skipChildren();
            } else {
                readInto(values, found, inner, parser);
            }
        }
    }

    private void readArray(Object[] values, boolean[] found, JsonPointer[] rests, JsonParser parser)
            throws IOException, UnreadableEventException {
        for (int index = 0; parser.nextToken() != JsonToken.END_ARRAY; index++) {
            JsonPointer[] inner = null;
            for (int i = 0; i < rests.length; i++) {
                JsonPointer rest = rests[i] == null ? null : rests[i].matchElement(index);
                if (rest != null) {
                    inner = inner == null ? new JsonPointer[rests.length] : inner;
                    inner[i] = rest;
                }
            }
            if (inner == null) {
                parser.skipChildren();
            } else {
                readInto(values, found, inner, parser);
            }
        }
    }

    private static Object scalar(JsonParser parser, JsonPointer pointer) throws IOException, UnreadableEventException {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getText();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NULL -> null;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser, pointer);
            default ->
                throw new UnreadableEventException(
                        "field-wrong-type", pointer + " is an object or an array, expected a value");
        };
    }

    private static Object number(JsonParser parser, JsonPointer pointer) throws IOException, UnreadableEventException {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            return parser.getLongValue();
        }
        try {
            BigDecimal number = parser.getDecimalValue().stripTrailingZeros();
            boolean mayFit = number.scale() <= 0 && number.precision() - (long) number.scale() <= MOST_DIGITS_OF_A_LONG;
            BigInteger integer = mayFit ? number.toBigIntegerExact() : null;
            // 1e2 and 100 are the same id, so both must come out as the same Java object.
            return integer != null && integer.bitLength() < Long.SIZE ? (Object) integer.longValue() : number;
        } catch (ArithmeticException | NumberFormatException e) {
            throw new UnreadableEventException(
                    "json-beyond-limits", pointer + " is a number with too large an exponent");
        }
    }
}
