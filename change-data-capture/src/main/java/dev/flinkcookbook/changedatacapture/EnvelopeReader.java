package dev.flinkcookbook.changedatacapture;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.flinkcookbook.common.KafkaRecord;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what Debezium's JSON converter writes, with schemas or without. Rows are not parsed: they are cut out as they stand, so a
 * column that nobody here knows is carried on as it is.
 *
 * @param tables which topic has which table's changes
 */
record EnvelopeReader(Map<String, Table> tables) implements Serializable {

    private static final JsonFactory JSON = JsonFactory.builder()
            // Names made to collide would otherwise throw what no caller expects.
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            .build();

    /** {@code ["22166976","22167280"]}: the end of the transaction before, unless it is not known, and the change's own LSN. */
    private static final Pattern SEQUENCE = Pattern.compile("\\[(?:null|\"(\\d{1,19})\"),\"\\d{1,19}\"]");

    static final byte[] NO_KEY = {};

    /** What {@code source.snapshot} says of the last row of a table, and of the last row of all. */
    private static final Set<String> LAST = Set.of("last_in_data_collection", "last");

    /**
     * Reads a record that has a value.
     *
     * @return a change, whose {@code refers} is null if the row should refer to another table and has no such column
     * @throws UnreadableChangeException what is wrong with it
     */
    Change read(KafkaRecord record) throws UnreadableChangeException {
        Table table = tables.get(record.topic());
        Envelope envelope = new Envelope(table.foreignKey());
        parse(record.value(), "not-an-envelope", "value", parser -> readEnvelope(parser, record.value(), envelope));
        Operation operation = operation(envelope);
        Position position = position(envelope, operation);
        long transaction = isRead(operation) ? 0 : envelope.transaction;
        if (operation == Operation.TRUNCATE) {
            return new Change(
                    table,
                    operation,
                    NO_KEY,
                    "",
                    null,
                    null,
                    null,
                    null,
                    position,
                    transaction,
                    envelope.committedAt,
                    1,
                    0);
        }
        boolean deleted = operation == Operation.DELETE;
        require(deleted || envelope.after != null, "incomplete", "there is no row after the change");
        require(record.key() != null, "no-key", "a change of a row has the row's key as its own");
        Key key = new Key();
        parse(record.key(), "no-key", "key", parser -> readKey(parser, record.key(), key));
        return new Change(
                table,
                operation,
                key.json,
                key.id,
                null,
                deleted ? null : envelope.after,
                null,
                deleted ? null : envelope.refers,
                position,
                transaction,
                envelope.committedAt,
                1,
                0);
    }

    /** The value in a key that was read before, as {@link Change#id}. */
    static String id(String keyJson) {
        Key key = new Key();
        byte[] json = keyJson.getBytes(StandardCharsets.UTF_8);
        try {
            parse(json, "no-key", "key", parser -> readKey(parser, json, key));
        } catch (UnreadableChangeException e) {
            throw new IllegalStateException(e); // It was cut out of a document that had been read.
        }
        return key.id;
    }

    private static Operation operation(Envelope envelope) throws UnreadableChangeException {
        require(envelope.operation != null, "not-an-envelope", "there is no op");
        return switch (envelope.operation) {
            case "r" -> envelope.isLast ? Operation.READ_LAST : Operation.READ;
            case "c" -> Operation.INSERT;
            case "u" -> Operation.UPDATE;
            case "d" -> Operation.DELETE;
            case "t" -> Operation.TRUNCATE;
            default ->
                throw new UnreadableChangeException("unknown-op", "op is '%s'".formatted(cut(envelope.operation)));
        };
    }

    private static boolean isRead(Operation operation) {
        return operation == Operation.READ || operation == Operation.READ_LAST;
    }

    private static Position position(Envelope envelope, Operation operation) throws UnreadableChangeException {
        require(envelope.hasSource, "no-source", "there is no source block");
        require(envelope.lsn > 0, "no-position", "source.lsn is missing or no LSN");
        if (isRead(operation)) {
            return Position.ofSnapshot(envelope.lsn);
        }
        require(envelope.transaction > 0, "no-position", "source.txId is missing or no transaction's id");
        if (envelope.sequence == null) {
            return new Position(Position.UNKNOWN, envelope.lsn, envelope.order);
        }
        Matcher sequence = SEQUENCE.matcher(envelope.sequence);
        require(sequence.matches(), "no-position", "source.sequence is not as a Postgres connector writes it");
        String commit = sequence.group(1);
        try {
            return new Position(
                    commit == null ? Position.UNKNOWN : Long.parseLong(commit), envelope.lsn, envelope.order);
        } catch (NumberFormatException e) {
            throw new UnreadableChangeException("no-position", "source.sequence has no LSN");
        }
    }

    /** What has been read so far. */
    private static final class Envelope {
        private final String foreignKey;
        private String operation;
        private byte[] after;
        private String refers;
        private boolean hasSource;
        private boolean isLast;
        private long lsn;
        private String sequence;
        private long transaction;
        private long committedAt;
        private int order;

        Envelope(String foreignKey) {
            this.foreignKey = foreignKey;
        }
    }

    private static final class Key {
        private byte[] json;
        private String id;
    }

    private interface Content {
        void readFrom(JsonParser parser) throws IOException, UnreadableChangeException;
    }

    private static void parse(byte[] document, String reasonIfNoObject, String what, Content content)
            throws UnreadableChangeException {
        try (JsonParser parser = JSON.createParser(document)) {
            require(parser.nextToken() == JsonToken.START_OBJECT, reasonIfNoObject, "the " + what + " is no object");
            // Documents in UTF-16 and UTF-32 are JSON too, but then nothing could be cut out by its bytes.
            require(parser.currentLocation().getByteOffset() > 0, "not-json", "the " + what + " is not UTF-8");
            content.readFrom(parser);
            require(parser.nextToken() == null, "not-json", "more follows after the end of the " + what);
        } catch (StreamConstraintsException e) {
            throw new UnreadableChangeException("json-beyond-limits", e.getOriginalMessage());
        } catch (JsonProcessingException e) {
            throw new UnreadableChangeException("not-json", e.getOriginalMessage());
        } catch (IOException e) { // malformed UTF-8; nothing else can fail on bytes in memory
            throw new UnreadableChangeException("not-json", e.getMessage());
        }
    }

    private static void readEnvelope(JsonParser parser, byte[] document, Envelope envelope)
            throws IOException, UnreadableChangeException {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken value = parser.nextToken();
            boolean object = value == JsonToken.START_OBJECT;
            switch (name) {
                case "payload" -> {
                    // With schemas, the envelope stands here and its schema beside it.
                    if (object) {
                        readEnvelope(parser, document, envelope);
                    }
                }
                case "op" -> envelope.operation = value == JsonToken.VALUE_STRING ? parser.getText() : null;
                case "after" -> {
                    if (object) {
                        readRow(parser, document, envelope);
                    }
                }
                case "source" -> {
                    if (object) {
                        readSource(parser, envelope);
                    }
                }
                case "transaction" -> {
                    if (object) {
                        readTransaction(parser, envelope);
                    }
                }
                default -> parser.skipChildren();
            }
            require(
                    parser.currentToken() != JsonToken.START_ARRAY && parser.currentToken() != JsonToken.START_OBJECT,
                    "not-an-envelope",
                    name + " is no such thing");
        }
    }

    private static void readRow(JsonParser parser, byte[] document, Envelope envelope) throws IOException {
        int start = (int) parser.currentLocation().getByteOffset() - 1;
        for (String column = parser.nextFieldName(); column != null; column = parser.nextFieldName()) {
            boolean scalar = parser.nextToken().isScalarValue();
            if (scalar && column.equals(envelope.foreignKey)) {
                envelope.refers = parser.getText();
            }
            parser.skipChildren();
        }
        envelope.after = Arrays.copyOfRange(
                document, start, (int) parser.currentLocation().getByteOffset());
    }

    private static void readSource(JsonParser parser, Envelope envelope) throws IOException {
        envelope.hasSource = true;
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken value = parser.nextToken();
            switch (name) {
                case "lsn" -> envelope.lsn = number(parser);
                case "txId" -> envelope.transaction = number(parser);
                case "ts_ms" -> envelope.committedAt = number(parser);
                case "snapshot" -> envelope.isLast = value == JsonToken.VALUE_STRING && LAST.contains(parser.getText());
                case "sequence" -> envelope.sequence = value == JsonToken.VALUE_STRING ? parser.getText() : null;
                default -> {
                    // Of no use here.
                }
            }
            parser.skipChildren();
        }
    }

    private static void readTransaction(JsonParser parser, Envelope envelope) throws IOException {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            if (name.equals("total_order")) {
                envelope.order = (int) number(parser);
            }
            parser.skipChildren();
        }
    }

    private static void readKey(JsonParser parser, byte[] document, Key key)
            throws IOException, UnreadableChangeException {
        int start = (int) parser.currentLocation().getByteOffset() - 1;
        int fields = 0;
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken value = parser.nextToken();
            if (name.equals("payload") && value == JsonToken.START_OBJECT) {
                // With schemas; what stands around it is skipped.
                readKey(parser, document, key);
                while (parser.nextFieldName() != null) {
                    parser.nextToken();
                    parser.skipChildren();
                }
                return;
            }
            key.id = value.isScalarValue() ? parser.getText() : null;
            fields++;
            parser.skipChildren();
        }
        require(fields > 0, "no-key", "the key has no column");
        key.json = Arrays.copyOfRange(
                document, start, (int) parser.currentLocation().getByteOffset());
        if (fields > 1 || key.id == null) {
            key.id = new String(key.json, StandardCharsets.UTF_8);
        }
    }

    /** 0 if it is not a whole number that fits. */
    private static long number(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            return 0;
        }
        return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? 0 : parser.getLongValue();
    }

    private static String cut(String text) {
        return text.length() <= 20 ? text : text.substring(0, 20) + "…";
    }

    private static void require(boolean holds, String reason, String message) throws UnreadableChangeException {
        if (!holds) {
            throw new UnreadableChangeException(reason, message);
        }
    }
}
