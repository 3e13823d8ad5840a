package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import java.io.IOException;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArrivalSerializerTest {

    private final TypeSerializer<Arrival> serializer =
            TypeInformation.of(Arrival.class).createSerializer(new SerializerConfigImpl());

    private Arrival thereAndBack(Arrival arrival) throws IOException {
        DataOutputSerializer target = new DataOutputSerializer(16);
        serializer.serialize(arrival, target);
        DataOutputSerializer copied = new DataOutputSerializer(16);
        serializer.copy(new DataInputDeserializer(target.getCopyOfBuffer()), copied);
        assertThat(copied.getCopyOfBuffer()).isEqualTo(target.getCopyOfBuffer());
        DataInputDeserializer source = new DataInputDeserializer(copied.getCopyOfBuffer());
        Arrival back = serializer.deserialize(source);
        assertThat(source.available()).as("left over").isZero();
        return back;
    }

    @Test
    void isTheTypesOwnAndNotKryo() {
        assertThat(serializer).isSameAs(ArrivalSerializer.INSTANCE);
        assertThat(serializer.isImmutableType()).isTrue();
        assertThat(serializer.snapshotConfiguration().restoreSerializer()).isEqualTo(serializer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "21.4", "-0.000000001", "999999999.999999999", "1E+8", "-100"})
    void keepsAReadingToTheLastDigit(String celsius) throws IOException {
        Arrival arrival = reading("s-ü")
                .celsius(celsius)
                .keyed("k")
                .header("h", null)
                .on(7, Long.MAX_VALUE)
                .arrival();
        assertThat(thereAndBack(arrival)).isEqualTo(arrival);
    }

    @Test
    void keepsADeadLetter() throws IOException {
        KafkaRecord nothing = new KafkaRecord(
                "t",
                1,
                2,
                KafkaRecord.NO_TIMESTAMP,
                null,
                null,
                reading("s").record().headers());
        Arrival arrival = Arrival.unreadable(nothing, "no-value", "ü");
        assertThat(thereAndBack(arrival)).isEqualTo(arrival);
    }
}
