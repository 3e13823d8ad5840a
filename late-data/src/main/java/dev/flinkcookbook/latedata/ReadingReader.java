package dev.flinkcookbook.latedata;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.flinkcookbook.common.KafkaRecord;
import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/**
 * Reads {@code {"sensor":"s-1","at":"2026-01-01T10:00:05Z","celsius":21.4}} and says what is wrong with anything else. Other
 * fields may be there; the document is read to its end, since a truncated one may lack the digit that counts.
 *
 * @param maxClockSkew how far a reading's time may be ahead of its record's Kafka timestamp. One that is years ahead would
 *     drive the watermark there, and make everything after it late.
 */
record ReadingReader(Duration maxClockSkew) implements Serializable {

    private static final JsonFactory JSON = JsonFactory.builder()
            // Names made to collide would otherwise throw what no caller expects.
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            .build();

    /** A sensor's name becomes part of a record's key: no record may be made too large by it. */
    private static final int LONGEST_NAME = 200;

    /** So that the unscaled value fits a long, and no exponent can fill the memory. */
    private static final int MOST_DIGITS = 18;

    private static final int MOST_DECIMALS = 9;

    /** Never throws for bad data: what is no reading comes back with its fault. */
    Arrival read(KafkaRecord record) {
        try {
            if (record.value() == null) {
                throw new UnreadableReadingException("no-value", "a record without a value is no reading");
            }
            return parse(record);
        } catch (UnreadableReadingException e) {
            return Arrival.unreadable(record, e.reason(), e.getMessage());
        }
    }

    private Arrival parse(KafkaRecord record) throws UnreadableReadingException {
        String sensor = null;
        String at = null;
        BigDecimal celsius = null;
        try (JsonParser parser = JSON.createParser(record.value())) {
            require(parser.nextToken() == JsonToken.START_OBJECT, "not-a-reading", "the value is no JSON object");
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                switch (name) {
                    case "sensor" -> {
                        require(sensor == null, "field-repeated", "sensor stands there twice");
                        sensor = text(parser, name);
                    }
                    case "at" -> {
                        require(at == null, "field-repeated", "at stands there twice");
                        at = text(parser, name);
                    }
                    case "celsius" -> {
                        require(celsius == null, "field-repeated", "celsius stands there twice");
                        celsius = number(parser);
                    }
                    default -> parser.skipChildren();
                }
            }
            require(parser.nextToken() == null, "not-json", "more follows after the end of the document");
        } catch (StreamConstraintsException e) {
            throw new UnreadableReadingException("json-beyond-limits", e.getOriginalMessage());
        } catch (JsonProcessingException e) {
            throw new UnreadableReadingException("not-json", e.getOriginalMessage());
        } catch (IOException e) { // malformed UTF-8 or UTF-32; nothing else can fail on bytes in memory
            throw new UnreadableReadingException("not-json", e.getMessage());
        }
        require(sensor != null && !sensor.isBlank(), "incomplete", "sensor is missing or blank");
        require(at != null, "incomplete", "at is missing");
        require(celsius != null, "incomplete", "celsius is missing");
        return Arrival.of(record, requireName(sensor), requirePossible(millis(at), record), requireSmall(celsius));
    }

    private static String text(JsonParser parser, String field) throws IOException, UnreadableReadingException {
        require(parser.currentToken() == JsonToken.VALUE_STRING, "field-wrong-type", field + " is no text");
        return parser.getText();
    }

    private static BigDecimal number(JsonParser parser) throws IOException, UnreadableReadingException {
        require(parser.currentToken().isNumeric(), "field-wrong-type", "celsius is no number");
        try {
            // 21.40 and 21.4 are the same temperature: without this, which of them is the minimum depends on the order.
            return parser.getDecimalValue().stripTrailingZeros();
        } catch (ArithmeticException | NumberFormatException e) {
            throw new UnreadableReadingException("celsius-out-of-range", "celsius has too large an exponent");
        }
    }

    private static String requireName(String sensor) throws UnreadableReadingException {
        require(sensor.length() <= LONGEST_NAME, "sensor-too-long", "sensor has more than 200 characters");
        for (int i = 0; i < sensor.length(); i++) {
            if (Character.isSurrogate(sensor.charAt(i))) {
                // A pair is a character, half of one cannot be written again.
                require(
                        Character.isSurrogatePair(sensor.charAt(i), i + 1 < sensor.length() ? sensor.charAt(i + 1) : 0),
                        "field-wrong-type",
                        "sensor is not valid Unicode");
                i++;
            }
        }
        return sensor;
    }

    private static BigDecimal requireSmall(BigDecimal celsius) throws UnreadableReadingException {
        require(
                celsius.scale() <= MOST_DECIMALS
                        && celsius.precision() - (long) celsius.scale() <= MOST_DIGITS - MOST_DECIMALS,
                "celsius-out-of-range",
                "celsius has more than 9 digits before or after the point");
        return celsius;
    }

    private static long millis(String at) throws UnreadableReadingException {
        try {
            return IsoTime.millis(at);
        } catch (DateTimeException e) {
            throw new UnreadableReadingException("field-wrong-type", "at is no ISO-8601 instant");
        }
    }

    private long requirePossible(long at, KafkaRecord record) throws UnreadableReadingException {
        // Without Kafka's timestamp the only clock left to compare with is ours.
        long clock = record.timestamp() >= 0 ? record.timestamp() : System.currentTimeMillis();
        if (at - clock > maxClockSkew.toMillis()) {
            throw new UnreadableReadingException(
                    "time-ahead-of-clock",
                    "at is %s, %s ahead of the record's timestamp; allowed are %s"
                            .formatted(Instant.ofEpochMilli(at), Duration.ofMillis(at - clock), maxClockSkew));
        }
        return at;
    }

    private static void require(boolean holds, String reason, String message) throws UnreadableReadingException {
        if (!holds) {
            throw new UnreadableReadingException(reason, message);
        }
    }
}
