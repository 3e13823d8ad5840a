package dev.flinkcookbook.queryevolutionsql;

import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A topic of one partition, and a producer that writes as Confluent's does: a zero, the schema's id in four bytes, then binary Avro. */
final class AvroTopic {

    private static final byte MAGIC = 0;

    private final String servers;
    private final SchemaRegistry registry;
    private final Map<Schema, Integer> ids = new HashMap<>();
    private final String name = Topics.unique("payments");

    AvroTopic(String servers, SchemaRegistry registry) {
        this.servers = servers;
        this.registry = registry;
        Topics.create(servers, name, 1);
    }

    String name() {
        return name;
    }

    /**
     * Registers the schema, if that was not done before, and writes a record of it; returns when Kafka has it.
     *
     * @param json the record in Avro's own JSON
     */
    void write(Schema schema, String json) {
        int id = ids.computeIfAbsent(schema, unknown -> registry.register(name + "-value", unknown));
        write(inWireFormat(id, schema, json));
    }

    /** Writes these bytes, whatever they are. */
    void write(byte[] value) {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(name, value));
        }
    }

    private static byte[] inWireFormat(int id, Schema schema, String json) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(MAGIC);
            bytes.write(ByteBuffer.allocate(Integer.BYTES).putInt(id).array());
            BinaryEncoder binary = EncoderFactory.get().binaryEncoder(bytes, null);
            Object record = new GenericDatumReader<>(schema)
                    .read(null, DecoderFactory.get().jsonDecoder(schema, json));
            new GenericDatumWriter<>(schema).write(record, binary);
            binary.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The schemas by which the records were written, as their own bytes and the registry say. */
    List<Schema> schemas() {
        return TopicReader.readAll(servers, name).stream()
                .map(record -> registry.schema(ByteBuffer.wrap(record.value()).getInt(1)))
                .toList();
    }
}
