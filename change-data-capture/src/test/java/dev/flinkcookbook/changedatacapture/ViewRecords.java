package dev.flinkcookbook.changedatacapture;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** The vocabulary of the tests: {@code customer(1).named("Ada").at("10/20/1")}, {@code order(7).deleted().at("10/30/1")}. */
final class ViewRecords {

    private ViewRecords() {}

    static ViewRecord customer(long id) {
        return new ViewRecord("customers", "{\"id\":" + id + "}", null, null, null);
    }

    static ViewRecord order(long id) {
        return new ViewRecord("orders", "{\"id\":" + id + "}", null, null, null);
    }

    /**
     * A record of a view.
     *
     * @param source the table
     * @param row null if it is deleted
     * @param position null if the record has no header
     * @param partition null for the one that the key gives
     */
    record ViewRecord(String source, String key, String row, String position, Integer partition) {

        ViewRecord withKey(String json) {
            return new ViewRecord(source, json, row, position, partition);
        }

        ViewRecord is(String json) {
            return new ViewRecord(source, key, json, position, partition);
        }

        ViewRecord named(String name) {
            return is("{\"name\":\"" + name + "\"}");
        }

        ViewRecord deleted() {
            return is(null);
        }

        ViewRecord at(String position) {
            return new ViewRecord(source, key, row, position, partition);
        }

        ViewRecord on(int partition) {
            return new ViewRecord(source, key, row, position, partition);
        }

        /** As the table has it; its position must be one. */
        ReadModelRow asRow() {
            String[] numbers = position.split("/");
            return new ReadModelRow(
                    source,
                    key,
                    row,
                    Long.parseLong(numbers[0]),
                    Long.parseLong(numbers[1]),
                    Long.parseLong(numbers[2]));
        }

        /** @param views what the names of the topics begin with */
        ProducerRecord<byte[], byte[]> in(String views) {
            return new ProducerRecord<>(views + "." + source, partition, null, utf8(key), utf8(row), headers());
        }

        RecordHeaders headers() {
            RecordHeaders headers = new RecordHeaders();
            if (position != null) {
                headers.add("position", utf8(position));
            }
            return headers;
        }
    }

    static byte[] utf8(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }
}
