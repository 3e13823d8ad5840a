package dev.flinkcookbook.queryevolutionsql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Says from the two topics alone whether each payment was counted once. A total that skips a number, or says one again, is seen as well,
 * although a later one covers it. For several threads.
 */
final class TotalsOracle {

    private static final JsonMapper JSON = new JsonMapper();

    private record Total(long payments, long amount) {
        private static final Total NONE = new Total(0, 0);
    }

    private final Map<String, Total> expected = new HashMap<>();
    private final Map<String, Total> shown = new HashMap<>();
    private long steps;

    synchronized void input(ConsumerRecord<byte[], byte[]> record) {
        JsonNode payment = json(record.value());
        long amount = payment.get("amount").asLong();
        expected.merge(
                payment.get("account").asText(),
                new Total(1, amount),
                (one, other) -> new Total(one.payments + other.payments, one.amount + other.amount));
    }

    synchronized void output(ConsumerRecord<byte[], byte[]> record) {
        JsonNode json = json(record.value());
        Total total = new Total(json.get("payments").asLong(), json.get("total").asLong());
        Total before = shown.put(json.get("account").asText(), total);
        steps += total.payments - (before == null ? 0 : before.payments) == 1 ? 0 : 1;
    }

    synchronized Verdict verdict() {
        long delivered = 0;
        long lost = 0;
        long duplicated = 0;
        long wrong = 0;
        Set<String> accounts = new TreeSet<>(expected.keySet());
        accounts.addAll(shown.keySet());
        for (String account : accounts) {
            Total should = expected.getOrDefault(account, Total.NONE);
            Total is = shown.getOrDefault(account, Total.NONE);
            delivered += is.payments;
            lost += Math.max(0, should.payments - is.payments);
            duplicated += Math.max(0, is.payments - should.payments);
            wrong += should.payments == is.payments && should.amount != is.amount ? 1 : 0;
        }
        return new Verdict(
                !accounts.isEmpty() && lost == 0 && duplicated == 0 && wrong == 0 && steps == 0,
                delivered + lost - duplicated,
                delivered,
                lost,
                duplicated,
                0,
                Map.of("accounts", accounts.size(), "wrong_totals", wrong, "wrong_steps", steps));
    }

    private static JsonNode json(byte[] utf8) {
        try {
            return JSON.readTree(utf8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
