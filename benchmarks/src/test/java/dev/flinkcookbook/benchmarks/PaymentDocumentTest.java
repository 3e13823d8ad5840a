package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PaymentDocumentTest {

    @Test
    void isTheSameForTheSameNumberAndHasAnotherIdForAnother() {
        PaymentDocument document = new PaymentDocument(false);

        assertThat(document.of(7)).isEqualTo(document.of(7)).hasSizeBetween(180, 210);
        assertThat(LongStream.range(0, 10_000)
                        .mapToObj(number -> new String(document.of(number), StandardCharsets.UTF_8).substring(0, 46))
                        .distinct())
                .hasSize(10_000);
    }

    @Test
    void hasItsIdFirstOrLast() {
        assertThat(new String(new PaymentDocument(false).of(1), StandardCharsets.UTF_8))
                .matches("\\{\"paymentId\":\"pay_[0-9a-v]{26}\",\"account.*}");
        assertThat(new String(new PaymentDocument(true).of(1), StandardCharsets.UTF_8))
                .matches("\\{\"account.*,\"paymentId\":\"pay_[0-9a-v]{26}\"}");
    }

    @Test
    void tellsHowManyRecordsBringHowManyIds() {
        assertThat(PaymentTopic.idsAmong(5_000_000)).isEqualTo(4_000_000);
        assertThat(PaymentTopic.idsAmong(PaymentTopic.recordsFor(4_000_000))).isEqualTo(4_000_000);
        assertThat(PaymentTopic.idsAmong(PaymentTopic.recordsFor(1_000_001))).isEqualTo(1_000_001);
    }
}
