package dev.flinkcookbook.changedatacapture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.common.KafkaRecord;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;

/**
 * Reads a record of a view, and says what is wrong with one that is none or that Postgres would refuse: refused by the sink, it
 * would fail the job again and again.
 */
final class ViewReader {

    /** Three numbers: {@code 22166976/22167280/1}. */
    static final String POSITION = "position";

    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,19})/(\\d{1,19})/(\\d{1,19})");

    /**
     * What an index of Postgres takes is a third of a page, 2704 bytes. As jsonb each value is at most 16 bytes longer than as
     * JSON; more columns than 32 an index does not have.
     */
    private static final int MOST_KEY_BYTES = 2_000;

    private static final int MOST_KEY_VALUES = 32;

    /** Of a number in jsonb, before and after the point. */
    private static final int MOST_DIGITS = 131_072;

    private static final int MOST_DECIMALS = 16_383;

    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // 1e400 is a number for Postgres, and none for a double.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build()
            .readerFor(JsonNode.class);

    /**
     * @param source the table whose view it is
     * @throws UnreadableViewException what is wrong with it
     */
    ReadModelRow read(String source, KafkaRecord record) throws UnreadableViewException {
        require(record.key() != null, "bad-key", "there is no key");
        String key = text("bad-key", record.key());
        JsonNode columns = object("bad-key", key);
        require(!columns.isEmpty(), "bad-key", "there is no column in the key");
        require(
                record.key().length <= MOST_KEY_BYTES && values(columns) <= MOST_KEY_VALUES,
                "bad-key",
                "no index holds it: at most 2000 bytes and 32 values");
        requireStorable(columns);

        String row = null;
        if (record.value() != null) {
            row = text("bad-row", record.value());
            requireStorable(object("bad-row", row));
        }

        Header header = record.headers().lastHeader(POSITION);
        require(header != null && header.value() != null, "bad-position", "there is no header position");
        Matcher position = NUMBERS.matcher(new String(header.value(), StandardCharsets.UTF_8));
        require(position.matches(), "bad-position", "the header position is not three numbers with / between them");
        return new ReadModelRow(
                source, key, row, number(position.group(1)), number(position.group(2)), number(position.group(3)));
    }

    /** Not what a lenient decoder makes of it: two keys could become one. */
    private static String text(String reason, byte[] utf8) throws UnreadableViewException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UnreadableViewException(reason, "it is not UTF-8");
        }
    }

    private static JsonNode object(String reason, String json) throws UnreadableViewException {
        JsonNode node;
        try {
            node = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new UnreadableViewException(reason, e.getOriginalMessage());
        }
        require(node.isObject(), reason, "it is no JSON object");
        return node;
    }

    private static int values(JsonNode node) {
        int values = 1;
        for (JsonNode value : node) {
            values += values(value);
        }
        return values;
    }

    private static void requireStorable(JsonNode node) throws UnreadableViewException {
        require(isStorable(node), "not-storable", "Postgres takes no NUL, no half a character and no such number");
    }

    private static boolean isStorable(JsonNode node) {
        if (node.isTextual()) {
            return isStorable(node.textValue());
        }
        if (node.isNumber()) {
            return isStorable(node.decimalValue());
        }
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            if (!isStorable(names.next())) {
                return false;
            }
        }
        for (JsonNode value : node) {
            if (!isStorable(value)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isStorable(String text) {
        return text.codePoints().noneMatch(point -> point == 0 || Character.getType(point) == Character.SURROGATE);
    }

    /** Without writing it out: 1e999999999 is one digit. */
    private static boolean isStorable(BigDecimal number) {
        return number.scale() <= MOST_DECIMALS && (long) number.precision() - number.scale() <= MOST_DIGITS;
    }

    private static long number(String digits) throws UnreadableViewException {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new UnreadableViewException("bad-position", "a number in the header position is too large");
        }
    }

    private static void require(boolean holds, String reason, String message) throws UnreadableViewException {
        if (!holds) {
            throw new UnreadableViewException(reason, message);
        }
    }
}
