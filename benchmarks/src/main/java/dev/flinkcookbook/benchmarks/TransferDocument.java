package dev.flinkcookbook.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** A transfer between two of many accounts as JSON, about 120 bytes; the same number gives the same transfer. */
final class TransferDocument {
    static final int ACCOUNTS = 100_000;

    /** How transfers and ledger entries begin; the transfer's number and a quotation mark follow. */
    private static final byte[] START = "{\"transferId\":\"t-".getBytes(StandardCharsets.UTF_8);

    private TransferDocument() {}

    static byte[] of(long number) {
        // Spread over the bits first: neighbouring seeds give related numbers.
        SplittableRandom random = new SplittableRandom(number * 0x9E3779B97F4A7C15L + 1);
        int from = random.nextInt(ACCOUNTS);
        int to = (from + random.nextInt(1, ACCOUNTS)) % ACCOUNTS;
        return ("{\"transferId\":\"t-" + number + "\",\"from\":\"a-" + from + "\",\"to\":\"a-" + to + "\",\"amount\":\""
                        + random.nextInt(1_000) + '.' + random.nextInt(10, 100) + "\",\"at\":\"2026-01-01T10:"
                        + random.nextInt(10, 60) + ':' + random.nextInt(10, 60) + '.' + random.nextInt(100, 1_000)
                        + "Z\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The number of the transfer that a document is or belongs to.
     *
     * @param json a transfer, or an entry of the ledger: the id is the first field of both
     */
    static long numberOf(byte[] json) {
        long number = 0;
        int at = START.length;
        for (; at < json.length && json[at] >= '0' && json[at] <= '9'; at++) {
            number = 10 * number + json[at] - '0';
        }
        if (at == START.length || at >= json.length || json[at] != '"') {
            throw new IllegalStateException("no transfer: " + new String(json, StandardCharsets.UTF_8));
        }
        return number;
    }
}
