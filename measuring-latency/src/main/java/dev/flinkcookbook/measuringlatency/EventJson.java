package dev.flinkcookbook.measuringlatency;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Events as they come, {@code {"id","sentAt","payload"}}, and results, which carry every stamp. */
final class EventJson {

    /** The end of the year 9999: no clock is further off, and differences of two such times do not overflow. */
    private static final long LATEST = 253_402_300_799_999L;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    private record Sent(String id, Long sentAt, String payload) {}

    private record Result(
            String id,
            String payload,
            long sentAt,
            long kafkaTimestamp,
            long readAt,
            long operatorIn,
            long windowOver,
            long released,
            long operatorOut) {}

    private record Unmeasured(String id, String payload) {}

    private EventJson() {}

    /**
     * @param measured whether the event gets stamps
     * @throws UnreadableEventException if the record holds no event
     */
    static Event read(Arrival arrival, boolean measured) throws UnreadableEventException {
        byte[] value = arrival.record().value();
        if (value == null) {
            throw new UnreadableEventException("no-value", "a record without a value is no event");
        }
        Sent sent = parse(value);
        if (sent == null || sent.id == null || sent.sentAt == null || sent.payload == null) {
            throw new UnreadableEventException("incomplete", "an event has an id, a sentAt and a payload");
        }
        if (sent.sentAt < 0 || sent.sentAt > LATEST) {
            throw new UnreadableEventException("no-time", "sentAt: got " + sent.sentAt + ", expected milliseconds");
        }
        return new Event(
                sent.id,
                sent.payload,
                measured ? Stamps.atSource(sent.sentAt, arrival.record().timestamp(), arrival.readAt()) : null);
    }

    private static Sent parse(byte[] value) throws UnreadableEventException {
        try {
            return MAPPER.readValue(value, Sent.class);
        } catch (JsonProcessingException e) {
            throw new UnreadableEventException("not-an-event", e.getOriginalMessage());
        } catch (IOException e) {
            throw new UnreadableEventException("not-an-event", e.getMessage());
        }
    }

    static byte[] write(Event event) {
        Stamps stamps = event.stamps();
        try {
            if (!event.isMeasured()) {
                return MAPPER.writeValueAsBytes(new Unmeasured(event.id(), event.payload()));
            }
            return MAPPER.writeValueAsBytes(new Result(
                    event.id(),
                    event.payload(),
                    stamps.sentAt(),
                    stamps.kafkaTimestamp(),
                    stamps.readAt(),
                    stamps.operatorIn(),
                    stamps.windowOver(),
                    stamps.released(),
                    stamps.operatorOut()));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
