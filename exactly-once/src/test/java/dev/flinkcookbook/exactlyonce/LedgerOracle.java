package dev.flinkcookbook.exactlyonce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Says from the topics alone whether every transfer was booked exactly once. Of an account it must see the entries in the
 * order of their partition, and then sequence and balance hold at every moment; that each transfer has both its entries, and
 * that all deltas sum to zero, holds once nothing is in flight any more. Shares nothing with the job.
 */
final class LedgerOracle {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private record Side(String transferId, String account, BigDecimal delta) {
        Side {
            delta = delta.stripTrailingZeros(); // 1.50 and 1.5 are the same money
        }
    }

    private record Place(int partition, long offset) {}

    /** How often something must be there and is; the totals are kept so that they can be asked for at any time. */
    private static final class Tally<T> {
        private final Map<T, int[]> counts = new HashMap<>();
        private long expected;
        private long delivered;
        private long lost;
        private long duplicated;

        void expect(T thing) {
            int[] count = counts.computeIfAbsent(thing, unused -> new int[2]);
            expected++;
            if (count[0]++ >= count[1]) {
                lost++;
            } else {
                duplicated--; // It came before it was known that it would be wanted.
            }
        }

        void deliver(T thing) {
            int[] count = counts.computeIfAbsent(thing, unused -> new int[2]);
            delivered++;
            if (count[1]++ >= count[0]) {
                duplicated++;
            } else {
                lost--;
            }
        }
    }

    /**
     * @param expected ledger entries that there must be
     * @param delivered ledger entries that there are
     * @param lost expected entries, and dead letters, that are absent
     * @param duplicated entries, and dead letters, too many: surplus copies, and what nobody ordered
     * @param brokenSequences entries whose sequence is not that of the account's entry before, plus one
     * @param brokenBalances entries whose balance is not that of the account's entry before, plus the delta
     * @param sum of all deltas
     * @param deadLetters dead letters that there are
     */
    record Result(
            long expected,
            long delivered,
            long lost,
            long duplicated,
            long brokenSequences,
            long brokenBalances,
            BigDecimal sum,
            long deadLetters) {

        boolean isExactlyOnce() {
            return expected > 0
                    && lost == 0
                    && duplicated == 0
                    && brokenSequences == 0
                    && brokenBalances == 0
                    && sum.signum() == 0;
        }
    }

    private record Last(long sequence, BigDecimal balance) {}

    private final Tally<Side> entries = new Tally<>();
    private final Tally<Place> deadLetters = new Tally<>();
    private final Map<String, Last> accounts = new HashMap<>();
    private final Set<String> transferIds = new HashSet<>();
    private BigDecimal sum = BigDecimal.ZERO;
    private long brokenSequences;
    private long brokenBalances;

    void input(ConsumerRecord<byte[], byte[]> record) {
        Optional<JsonNode> transfer = parse(record.value()).filter(LedgerOracle::isBookable);
        if (transfer.isEmpty()) {
            deadLetters.expect(new Place(record.partition(), record.offset()));
            return;
        }
        JsonNode json = transfer.get();
        String id = json.get("transferId").asText();
        if (!transferIds.add(id)) {
            throw new IllegalStateException(
                    "the input has transfer " + id + " twice: its entries cannot be told apart");
        }
        BigDecimal amount = new BigDecimal(json.get("amount").asText());
        entries.expect(new Side(id, json.get("from").asText(), amount.negate()));
        entries.expect(new Side(id, json.get("to").asText(), amount));
    }

    void output(ConsumerRecord<byte[], byte[]> record) {
        JsonNode json = parse(record.value()).orElseThrow();
        String account = json.get("account").asText();
        BigDecimal delta = new BigDecimal(json.get("delta").asText());
        BigDecimal balance = new BigDecimal(json.get("balance").asText());
        entry(
                json.get("transferId").asText(),
                account,
                delta,
                balance,
                json.get("sequence").asLong());
    }

    void entry(String transferId, String account, BigDecimal delta, BigDecimal balance, long sequence) {
        entries.deliver(new Side(transferId, account, delta));
        Last last = accounts.getOrDefault(account, new Last(0, BigDecimal.ZERO));
        brokenSequences += sequence == last.sequence() + 1 ? 0 : 1;
        brokenBalances += balance.compareTo(last.balance().add(delta)) == 0 ? 0 : 1;
        accounts.put(account, new Last(sequence, balance));
        sum = sum.add(delta);
    }

    void deadLetter(ConsumerRecord<byte[], byte[]> record) {
        deadLetters.deliver(new Place(
                Integer.parseInt(header(record, "dead-letter.partition")),
                Long.parseLong(header(record, "dead-letter.offset"))));
    }

    Result result() {
        return new Result(
                entries.expected,
                entries.delivered,
                entries.lost + deadLetters.lost,
                entries.duplicated + deadLetters.duplicated,
                brokenSequences,
                brokenBalances,
                sum,
                deadLetters.delivered);
    }

    private static boolean isBookable(JsonNode json) {
        for (String field : new String[] {"transferId", "from", "to", "amount", "at"}) {
            if (!json.hasNonNull(field) || json.get(field).asText().isBlank()) {
                return false;
            }
        }
        return !json.get("from").equals(json.get("to"))
                && new BigDecimal(json.get("amount").asText()).signum() > 0;
    }

    private static Optional<JsonNode> parse(byte[] value) {
        try {
            return value == null ? Optional.empty() : Optional.of(JSON.readTree(value));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
