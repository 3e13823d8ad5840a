package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.common.KafkaRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The vocabulary of the tests: the log of the shop's database, as Debezium tells it.
 *
 * <pre>{@code
 * Log log = new Log();
 * Log.Transaction open = log.begin().insert(ORDERS, 10, "'customer_id':1");
 * Log.Snapshot snapshot = log.snapshot().read(CUSTOMERS, 1, "'name':'Ada'");
 * Log.Told told = open.insert(ORDER_LINES, 100, "'order_id':10").commit();
 * }</pre>
 *
 * <p>A change stands in the log where it was made, and is told when its transaction is committed. Columns are JSON with single quotes;
 * the column {@code id} is the primary key.
 */
final class Log {

    private static final String SERVER = "shop";
    private static final String SCHEMA = "public";
    static final String INPUT_TOPIC = SERVER + "." + SCHEMA;
    static final String TRANSACTION_TOPIC = SERVER + ".transaction";

    /** The tables as transactions name them. */
    static final Set<String> COLLECTIONS =
            Stream.of(Table.values()).map(Log::collection).collect(Collectors.toSet());

    static final EnvelopeReader READER =
            new EnvelopeReader(Stream.of(Table.values()).collect(Collectors.toMap(Log::topic, Function.identity())));

    /** Where the log begins; each change takes ten bytes of it, and so does each commit. */
    static final long START = 1000;

    private static final long BYTES = 10;

    private static final Instant TIME = Instant.parse("2026-01-01T10:00:00Z");

    private final boolean schemas;
    private long position = START;
    private long lastTransaction = 700;
    private long commits;
    private long offset;

    /** The end of the transaction that was told last; null if none was told since the snapshot. */
    private Long lastEnd = START;

    /** Debezium has been running for a while: it knows what was committed last. */
    Log() {
        this(false);
    }

    private Log(boolean schemas) {
        this.schemas = schemas;
    }

    /** As written by a converter with {@code schemas.enable=true}. */
    static Log withSchemas() {
        return new Log(true);
    }

    /** {@code {"id":10,"customer_id":1}}. */
    static String row(long id, String columns) {
        return json("{'id':" + id + (columns.isEmpty() ? "" : "," + columns) + "}");
    }

    static String key(long id) {
        return row(id, "");
    }

    static String json(String withSingleQuotes) {
        return withSingleQuotes.replace('\'', '"');
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] utf8) {
        return utf8 == null ? null : new String(utf8, StandardCharsets.UTF_8);
    }

    static String topic(Table table) {
        return INPUT_TOPIC + "." + table;
    }

    private static String collection(Table table) {
        return SCHEMA + "." + table;
    }

    /** Where the next change will stand. */
    long position() {
        return position;
    }

    Transaction begin() {
        return new Transaction(++lastTransaction);
    }

    /** Sees what has been committed, and Debezium forgets what it was. */
    Snapshot snapshot() {
        lastEnd = null;
        return new Snapshot(position, ++lastTransaction);
    }

    /** A transaction with one change. */
    Told insert(Table table, long id, String columns) {
        return begin().insert(table, id, columns).commit();
    }

    Told update(Table table, long id, String columns) {
        return begin().update(table, id, columns).commit();
    }

    Told delete(Table table, long id) {
        return begin().delete(table, id).commit();
    }

    Told truncate(Table table) {
        return begin().truncate(table).commit();
    }

    /** A transaction that has been committed, in records of Kafka. */
    record Told(long id, long lsn, KafkaRecord begin, List<KafkaRecord> records, KafkaRecord end) {

        /** Its changes, as they are read; tombstones are none. */
        List<Change> changes() {
            return Log.changes(records);
        }

        Change change() {
            return changes().get(0);
        }

        /** As it is read. */
        TransactionEnd transactionEnd() {
            return new TransactionEnd(id, lsn, changes().size());
        }
    }

    static List<Change> changes(List<KafkaRecord> records) {
        return records.stream()
                .filter(record -> record.value() != null)
                .map(Log::change)
                .toList();
    }

    static Change change(KafkaRecord record) {
        try {
            return READER.read(record);
        } catch (UnreadableChangeException e) {
            throw new AssertionError(e.reason() + " in " + text(record.value()), e);
        }
    }

    /** What is made in it is told with its commit; without one, never. */
    final class Transaction {

        private final long id;
        private final List<Function<Instant, KafkaRecord>> toTell = new ArrayList<>();
        private final Map<String, Integer> counts = new LinkedHashMap<>();
        private final long begin = position;
        private int count;

        private Transaction(long id) {
            this.id = id;
        }

        long id() {
            return id;
        }

        Transaction insert(Table table, long id, String columns) {
            return add(table, "c", key(id), null, row(id, columns), advance(), new RecordHeaders());
        }

        /** With the default replica identity nothing is said about the row before. */
        Transaction update(Table table, long id, String columns) {
            return add(table, "u", key(id), null, row(id, columns), advance(), new RecordHeaders());
        }

        Transaction delete(Table table, long id) {
            return delete(table, id, advance(), new RecordHeaders());
        }

        /** Debezium tells it as a deletion and an insertion, at one place in the log. */
        Transaction changeKey(Table table, long from, long to, String columns) {
            long lsn = advance();
            delete(table, from, lsn, header("__debezium.newkey", key(to)));
            return add(table, "c", key(to), null, row(to, columns), lsn, header("__debezium.oldkey", key(from)));
        }

        /** Of the row before, the values besides the key are invented. */
        private Transaction delete(Table table, long id, long lsn, Headers headers) {
            add(table, "d", key(id), row(id, "'updated_at':null"), null, lsn, headers);
            byte[] key = converted(table + ".Key", key(id));
            toTell.add(time -> record(topic(table), time, key, null, new RecordHeaders()));
            return this;
        }

        /** Several tables of one TRUNCATE have one place in the log. */
        Transaction truncate(Table... tables) {
            long lsn = advance();
            for (Table table : tables) {
                add(table, "t", null, null, null, lsn, new RecordHeaders());
            }
            return this;
        }

        /** A change in a table that the job does not read. */
        Transaction elsewhere() {
            advance();
            counts.merge(SCHEMA + ".heartbeat", 1, Integer::sum);
            count++;
            return this;
        }

        private Transaction add(
                Table table, String operation, String key, String before, String after, long lsn, Headers headers) {
            int order = ++count;
            int ofTable = counts.merge(collection(table), 1, Integer::sum);
            String transaction = json("{'id':'%d:%d','total_order':%d,'data_collection_order':%d}")
                    .formatted(id, lsn, order, ofTable);
            toTell.add(time -> {
                String source = source(table, "false", time, lastEnd, lsn, id);
                byte[] value = envelope(table, before, after, source, transaction, operation, time);
                return record(topic(table), time, key == null ? null : converted(table + ".Key", key), value, headers);
            });
            return this;
        }

        Told commit() {
            position += BYTES;
            long end = position;
            Instant time = TIME.plusSeconds(++commits);
            List<KafkaRecord> records =
                    toTell.stream().map(change -> change.apply(time)).toList();
            lastEnd = end;
            return new Told(
                    id,
                    end,
                    told("BEGIN", begin, "null", "null", time),
                    records,
                    told("END", end, Integer.toString(count), collections(), time));
        }

        private String collections() {
            return counts.entrySet().stream()
                    .map(entry ->
                            "{'data_collection':'%s','event_count':%d}".formatted(entry.getKey(), entry.getValue()))
                    .collect(Collectors.joining(",", "[", "]"));
        }

        private KafkaRecord told(String status, long lsn, String changes, String collections, Instant time) {
            String value = json("{'status':'%s','id':'%d:%d','event_count':%s,'data_collections':%s,'ts_ms':%d}")
                    .formatted(status, id, lsn, changes, json(collections), time.toEpochMilli());
            return record(
                    TRANSACTION_TOPIC,
                    time,
                    converted("TransactionMetadataKey", json("{'id':'%d:%d'}").formatted(id, lsn)),
                    converted("TransactionMetadataValue", value),
                    new RecordHeaders());
        }
    }

    /** All rows are read at one place in the log; Debezium marks the first, the last of each table and the last of all. */
    final class Snapshot {

        private record Row(Table table, long id, String columns) {}

        private final long lsn;
        private final long id;
        private final List<Row> rows = new ArrayList<>();

        private Snapshot(long lsn, long id) {
            this.lsn = lsn;
            this.id = id;
        }

        long lsn() {
            return lsn;
        }

        Snapshot read(Table table, long id, String columns) {
            rows.add(new Row(table, id, columns));
            return this;
        }

        List<KafkaRecord> records() {
            return IntStream.range(0, rows.size()).mapToObj(this::record).toList();
        }

        private KafkaRecord record(int index) {
            Row row = rows.get(index);
            String source = source(row.table(), mark(index), TIME, null, lsn, id);
            byte[] value = envelope(row.table(), null, row(row.id(), row.columns()), source, "null", "r", TIME);
            byte[] key = converted(row.table() + ".Key", key(row.id()));
            return Log.this.record(topic(row.table()), TIME, key, value, new RecordHeaders());
        }

        private String mark(int index) {
            if (index == rows.size() - 1) {
                return "last";
            }
            if (rows.get(index).table() != rows.get(index + 1).table()) {
                return "last_in_data_collection";
            }
            return index == 0 ? "first" : "true";
        }

        List<Change> changes() {
            return Log.changes(records());
        }

        Change change() {
            return changes().get(0);
        }
    }

    private long advance() {
        long lsn = position;
        position += BYTES;
        return lsn;
    }

    private static String source(Table table, String snapshot, Instant time, Long lastEnd, long lsn, long transaction) {
        String sequence = lastEnd == null
                ? "[null,\\\"%d\\\"]".formatted(lsn)
                : "[\\\"%d\\\",\\\"%d\\\"]".formatted(lastEnd, lsn);
        return json("{'version':'3.6.1.Final','connector':'postgresql','name':'shop','ts_ms':%d,'snapshot':'%s','db':'postgres',"
                        + "'sequence':'%s','schema':'public','table':'%s','txId':%d,'lsn':%d,'xmin':null}")
                .formatted(time.toEpochMilli(), snapshot, sequence, table, transaction, lsn);
    }

    private byte[] envelope(
            Table table,
            String before,
            String after,
            String source,
            String transaction,
            String operation,
            Instant time) {
        String envelope = json("{'before':%s,'after':%s,'source':%s,'transaction':%s,'op':'%s','ts_ms':%d}")
                .formatted(before, after, source, transaction, operation, time.toEpochMilli() + 500);
        return converted(table + ".Envelope", envelope);
    }

    private byte[] converted(String name, String json) {
        String schema =
                json("{'type':'struct','fields':[{'type':'int64','optional':false,'field':'id'}],'name':'shop.public.%s'}")
                        .formatted(name);
        return utf8(schemas ? json("{'schema':%s,'payload':%s}").formatted(schema, json) : json);
    }

    private KafkaRecord record(String topic, Instant time, byte[] key, byte[] value, Headers headers) {
        return new KafkaRecord(topic, 0, offset++, time.toEpochMilli(), key, value, headers);
    }

    private static Headers header(String name, String json) {
        return new RecordHeaders().add(name, utf8(json));
    }
}
