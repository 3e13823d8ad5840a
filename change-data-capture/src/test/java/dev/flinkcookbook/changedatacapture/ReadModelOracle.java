package dev.flinkcookbook.changedatacapture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Judges the table by the topics alone: of each row it must have the version with the highest position, and no other row.
 * Shares no code with the job.
 */
final class ReadModelOracle {

    private static final ObjectMapper JSON = new ObjectMapper();

    private record Key(String source, JsonNode key) {}

    /** @param row null if it is deleted */
    private record Version(JsonNode row, long[] position) {
        boolean isAfter(Version other) {
            return other == null || Arrays.compare(position, other.position) > 0;
        }

        boolean is(Version other) {
            return other != null
                    && Arrays.equals(position, other.position)
                    && String.valueOf(row).equals(String.valueOf(other.row));
        }
    }

    /**
     * @param expected rows, the deleted ones too
     * @param delivered rows of the table that are as expected
     * @param lost rows that are missing or not the newest
     * @param surplus rows that nobody has told of
     * @param deleted of those expected
     */
    record Result(long expected, long delivered, long lost, long surplus, long deleted) {
        boolean isExact() {
            return lost == 0 && surplus == 0;
        }
    }

    private final Map<Key, Version> newest = new HashMap<>();

    void input(ConsumerRecord<byte[], byte[]> record) {
        Key key = new Key(
                record.topic().replaceFirst(".*\\.", ""), json(new String(record.key(), StandardCharsets.UTF_8)));
        String position = new String(record.headers().lastHeader("position").value(), StandardCharsets.UTF_8);
        Version version = new Version(
                record.value() == null ? null : json(new String(record.value(), StandardCharsets.UTF_8)),
                Stream.of(position.split("/")).mapToLong(Long::parseLong).toArray());
        newest.merge(key, version, (known, told) -> told.isAfter(known) ? told : known);
    }

    Result compare(Connection connection, String table) throws SQLException {
        Map<Key, Version> missing = new HashMap<>(newest);
        long surplus = 0;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT source, key, row, position_commit, position_lsn, position_order FROM " + table)) {
            while (row.next()) {
                Key key = new Key(row.getString(1), json(row.getString(2)));
                String json = row.getString(3);
                Version version = new Version(
                        json == null ? null : json(json), new long[] {row.getLong(4), row.getLong(5), row.getLong(6)});
                if (!newest.containsKey(key)) {
                    surplus++;
                } else if (version.is(newest.get(key))) {
                    missing.remove(key);
                }
            }
        }
        long deleted = newest.values().stream()
                .filter(version -> version.row() == null)
                .count();
        return new Result(newest.size(), newest.size() - missing.size(), missing.size(), surplus, deleted);
    }

    private static JsonNode json(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
