package dev.flinkcookbook.common;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import picocli.CommandLine.TypeConversionException;

/**
 * Where a job starts to read when it has no state. A job restored from a checkpoint or savepoint goes on where that was
 * taken, whatever is said here.
 */
public record StartingOffsets(String text, OffsetsInitializer initializer) {

    private static final String TIMESTAMP = "timestamp:";

    static StartingOffsets parse(String text) {
        return new StartingOffsets(text, initializerFor(text));
    }

    @SuppressWarnings("deprecation") // Kafka has deprecated OffsetResetStrategy, the connector still asks for it.
    private static OffsetsInitializer initializerFor(String text) {
        if (text.startsWith(TIMESTAMP)) {
            try {
                return OffsetsInitializer.timestamp(
                        Instant.parse(text.substring(TIMESTAMP.length())).toEpochMilli());
            } catch (DateTimeParseException | ArithmeticException e) {
                throw new TypeConversionException("timestamp:<ISO-8601>, such as timestamp:2026-01-01T00:00:00Z");
            }
        }
        return switch (text) {
            case "earliest" -> OffsetsInitializer.earliest();
            case "latest" -> OffsetsInitializer.latest();
            // Without a fallback the source fails for a group that has committed nothing yet.
            case "committed" -> OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
            default -> throw new TypeConversionException("earliest, latest, committed or timestamp:<ISO-8601>");
        };
    }

    @Override
    public String toString() {
        return text;
    }
}
