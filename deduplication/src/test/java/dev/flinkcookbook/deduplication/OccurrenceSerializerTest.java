package dev.flinkcookbook.deduplication;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaRecordSerializer;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SerializerTestBase;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OccurrenceSerializerTest {

    private static final OccurrenceSerializer SERIALIZER = OccurrenceSerializer.INSTANCE;

    /** Each combination of parts, those too that no reader makes today. */
    static List<Occurrence> occurrences() {
        KafkaRecord record = new KafkaRecord(
                "payments",
                3,
                42,
                1_767_225_600_000L,
                "key".getBytes(UTF_8),
                "{\"paymentId\":\"p-1\"}".getBytes(UTF_8),
                new RecordHeaders().add("trace", "t-1".getBytes(UTF_8)).add("trace", null));
        KafkaRecord tombstone = new KafkaRecord("payments", 0, 0, -1, null, null, new RecordHeaders());
        List<Occurrence> all = new ArrayList<>();
        for (KafkaRecord each : List.of(record, tombstone)) {
            for (Id id : new Id[] {null, new Id(1, -2)}) {
                for (long eventTime : new long[] {Occurrence.NO_EVENT_TIME, 0, -1, Long.MAX_VALUE}) {
                    for (Version version : new Version[] {null, Version.of(7), Version.of(Instant.MAX)}) {
                        for (Occurrence.Fault fault : new Occurrence.Fault[] {
                            null,
                            new Occurrence.Fault("not-json", "é€😀 half a pair: \ud83d"),
                            new Occurrence.Fault("not-json", "m".repeat(70_000))
                        }) {
                            all.add(new Occurrence(each, id, eventTime, version, fault));
                        }
                    }
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("occurrences")
    void anOccurrenceComesBackAsItWasWritten(Occurrence occurrence) throws IOException {
        DataInputDeserializer source = new DataInputDeserializer(written(occurrence));
        assertThat(SERIALIZER.deserialize(source)).isEqualTo(occurrence);
        assertThat(source.available()).isZero();
    }

    @Nested
    class WhatIsNotThere {
        @Test
        void takesNoBytes() throws IOException {
            KafkaRecord record = new KafkaRecord("t", 0, 0, 0, null, new byte[100], new RecordHeaders());
            DataOutputSerializer alone = new DataOutputSerializer(64);
            KafkaRecordSerializer.INSTANCE.serialize(record, alone);
            int record1 = alone.length();
            assertThat(written(new Occurrence(record, null, Occurrence.NO_EVENT_TIME, null, null)))
                    .hasSize(1 + record1);
            // The common case, keep-first: a byte and the id.
            assertThat(written(new Occurrence(record, new Id(1, 2), Occurrence.NO_EVENT_TIME, null, null)))
                    .hasSize(1 + 12 + record1);
        }
    }

    @Nested
    class ToFlink {
        @Test
        void itIsATypeWithASerializerOfItsOwnNeverKryo() {
            assertThat(TypeInformation.of(Occurrence.class).createSerializer(null))
                    .isSameAs(SERIALIZER);
        }
    }

    /** Flink's own tests of a serializer: copies, reuse, snapshots, Java serialization, threads. */
    @Nested
    class TheSerializer extends SerializerTestBase<Occurrence> {
        @Override
        protected TypeSerializer<Occurrence> createSerializer() {
            return SERIALIZER;
        }

        @Override
        protected int getLength() {
            return -1;
        }

        @Override
        protected Class<Occurrence> getTypeClass() {
            return Occurrence.class;
        }

        @Override
        protected Occurrence[] getTestData() {
            return occurrences().toArray(Occurrence[]::new);
        }
    }

    private static byte[] written(Occurrence occurrence) throws IOException {
        DataOutputSerializer target = new DataOutputSerializer(64);
        SERIALIZER.serialize(occurrence, target);
        return target.getCopyOfBuffer();
    }
}
