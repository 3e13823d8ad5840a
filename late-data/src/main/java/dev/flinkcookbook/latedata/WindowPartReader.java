package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Reads what the window job has written: published results from one topic, late readings from the other. */
final class WindowPartReader implements KafkaRecordDeserializationSchema<WindowPart> {

    /** The window job has judged the clock already. */
    private static final Duration ANY_CLOCK_SKEW = Duration.ofDays(36_500);

    private final String resultsTopic;
    private final ReadingReader readings = new ReadingReader(ANY_CLOCK_SKEW);

    WindowPartReader(String resultsTopic) {
        this.resultsTopic = resultsTopic;
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<WindowPart> out) {
        read(KafkaRecord.from(record)).ifPresent(out::collect);
    }

    /** Empty for what the correction has published of late readings only. Never throws for bad data. */
    Optional<WindowPart> read(KafkaRecord record) {
        try {
            return record.topic().equals(resultsTopic) ? result(record) : Optional.of(lateReading(record));
        } catch (UnreadableReadingException e) {
            return Optional.of(WindowPart.unreadable(record, e.reason(), e.getMessage()));
        }
    }

    /**
     * What the window job has published. Of a correction that is the result in its header, and never the corrected one: read for
     * a result, that would be corrected once more by the same readings.
     */
    private static Optional<WindowPart> result(KafkaRecord record) throws UnreadableReadingException {
        if (record.value() == null) {
            throw new UnreadableReadingException("no-value", "a record without a value is no result");
        }
        WindowResult result = WindowResultJson.read(record.value());
        if (result.origin() == WindowResult.Origin.WINDOW) {
            return Optional.of(WindowPart.of(record, WindowPart.Kind.RESULT, result));
        }
        Header corrected = record.headers().lastHeader(WindowResultJson.CORRECTION_OF);
        return corrected == null
                ? Optional.empty()
                : Optional.of(WindowPart.of(
                        record, WindowPart.Kind.CORRECTED_RESULT, WindowResultJson.read(corrected.value())));
    }

    private WindowPart lateReading(KafkaRecord record) throws UnreadableReadingException {
        Arrival arrival = readings.read(record);
        if (!arrival.isReadable()) {
            throw new UnreadableReadingException(
                    arrival.fault().reason(), arrival.fault().message());
        }
        Instant from = LateRecords.instant(record, LateRecords.WINDOW_START);
        Instant to = LateRecords.instant(record, LateRecords.WINDOW_END);
        Instant at = Instant.ofEpochMilli(arrival.at());
        if (at.isBefore(from) || !at.isBefore(to)) {
            throw new UnreadableReadingException(
                    "not-a-late-record", "the reading of %s is not in its window %s to %s".formatted(at, from, to));
        }
        String place = LateRecords.text(record, LateRecords.TOPIC)
                + "-" + LateRecords.text(record, LateRecords.PARTITION)
                + "@" + LateRecords.text(record, LateRecords.OFFSET);
        return new WindowPart(
                record,
                WindowPart.Kind.LATE_READING,
                arrival.sensor(),
                from,
                to,
                Totals.of(arrival.celsius()),
                0,
                place,
                LateRecords.instant(record, LateRecords.WATERMARK).toEpochMilli(),
                null);
    }

    @Override
    public TypeInformation<WindowPart> getProducedType() {
        return TypeInformation.of(WindowPart.class);
    }
}
