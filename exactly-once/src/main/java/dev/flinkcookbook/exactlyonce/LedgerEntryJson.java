package dev.flinkcookbook.exactlyonce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.serialization.SerializationSchema;

/** The entry as JSON, its amounts as strings: a double would round them. */
final class LedgerEntryJson implements SerializationSchema<LedgerEntry> {

    private static final ObjectWriter WRITER = JsonMapper.builder()
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build()
            .writerFor(LedgerEntry.class);

    @Override
    public byte[] serialize(LedgerEntry entry) {
        try {
            return WRITER.writeValueAsBytes(entry);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e); // A record of strings and numbers can always be written.
        }
    }

    static byte[] key(LedgerEntry entry) {
        return entry.account().getBytes(StandardCharsets.UTF_8);
    }
}
