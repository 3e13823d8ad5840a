package dev.flinkcookbook.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** A payment as JSON, about 200 bytes with an id of 30 random characters; the same number gives the same payment. */
final class PaymentDocument {
    private static final String ID_CHARACTERS = "0123456789abcdefghijklmnopqrstuv";
    private static final int ID_LENGTH = 26; // after "pay_"; 130 bits, as in a ULID, of which 128 are drawn

    private final boolean idLast;

    PaymentDocument(boolean idLast) {
        this.idLast = idLast;
    }

    byte[] of(long number) {
        // Spread over the bits first: neighbouring seeds give related numbers.
        SplittableRandom random = new SplittableRandom(number * 0x9E3779B97F4A7C15L + 1);
        StringBuilder id = new StringBuilder("\"paymentId\":\"pay_");
        long bits = 0;
        for (int i = 0; i < ID_LENGTH; i++) {
            bits = i % 12 == 0 ? random.nextLong() : bits >>> 5;
            id.append(ID_CHARACTERS.charAt((int) (bits & 31)));
        }
        id.append('"');
        StringBuilder json = new StringBuilder(220).append('{');
        if (!idLast) {
            json.append(id).append(',');
        }
        json.append("\"account\":\"a-").append(random.nextInt(100_000, 1_000_000));
        json.append("\",\"amount\":\"").append(random.nextInt(100, 1_000)).append('.');
        json.append(random.nextInt(10, 100));
        json.append("\",\"currency\":\"EUR\",\"createdAt\":\"2026-01-01T10:");
        json.append(random.nextInt(10, 60))
                .append(':')
                .append(random.nextInt(10, 60))
                .append('.');
        json.append(random.nextInt(100, 1_000)).append("Z\",\"merchant\":\"m-");
        json.append(random.nextInt(10_000, 100_000)).append("\",\"reference\":\"invoice ");
        json.append(random.nextInt(1_000_000, 10_000_000)).append('"');
        if (idLast) {
            json.append(',').append(id);
        }
        return json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    }
}
