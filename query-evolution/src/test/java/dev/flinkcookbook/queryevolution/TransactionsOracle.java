package dev.flinkcookbook.queryevolution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Says what must stand in the output topic by what stands in the input topic alone. It knows nothing of versions: what a later one
 * has in addition it does not look at. An account's transactions must stand in one partition, as {@link TransactionGenerator} has it.
 */
public final class TransactionsOracle {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST_RECENT = 5;

    /** What the job writes for each transaction. */
    public enum Output {
        /** {@code {"account","transaction","count","sum","recent"}} of account-activity. */
        ACTIVITY,
        /** {@code {"id","account","amount","at","direction"}} of transaction-enricher. */
        ENRICHED
    }

    private static final class Account {
        private long count;
        private long sum;
        private final List<String> recent = new ArrayList<>();
    }

    private final Output output;
    private final Map<String, Account> accounts = new HashMap<>();
    /** By the place in the input topic: ids may repeat. */
    private final Map<String, Integer> expected = new LinkedHashMap<>();

    private final Set<String> garbage = new HashSet<>();
    private final Map<String, Integer> delivered = new HashMap<>();
    private final Map<String, Integer> deadLetters = new HashMap<>();

    public TransactionsOracle(Output output) {
        this.output = output;
    }

    public void input(ConsumerRecord<byte[], byte[]> record) {
        JsonNode transaction = transaction(record.value());
        if (transaction == null) {
            garbage.add(record.partition() + "@" + record.offset());
        } else {
            expected.merge(expectedOf(transaction), 1, Integer::sum);
        }
    }

    private String expectedOf(JsonNode transaction) {
        String id = transaction.get("id").textValue();
        String name = transaction.get("account").textValue();
        long amount = transaction.get("amount").longValue();
        if (output == Output.ENRICHED) {
            return line(name, id, amount, amount < 0 ? "out" : "in");
        }
        Account account = accounts.computeIfAbsent(name, unused -> new Account());
        account.count++;
        account.sum += amount;
        account.recent.add(id);
        if (account.recent.size() > MOST_RECENT) {
            account.recent.remove(0);
        }
        return line(name, id, account.count, account.sum, JSON.valueToTree(account.recent));
    }

    /** How many transactions each account has. */
    public Map<String, Long> counts() {
        return accounts.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, account -> account.getValue().count));
    }

    public void output(ConsumerRecord<byte[], byte[]> record) {
        JsonNode said = json(record.value());
        delivered.merge(
                output == Output.ENRICHED
                        ? line(
                                said.path("account").textValue(),
                                said.path("id").textValue(),
                                said.path("amount"),
                                said.path("direction").textValue())
                        : line(
                                said.path("account").textValue(),
                                said.path("transaction").textValue(),
                                said.path("count"),
                                said.path("sum"),
                                said.path("recent")),
                1,
                Integer::sum);
    }

    public void deadLetter(ConsumerRecord<byte[], byte[]> record) {
        String place = header(record, "dead-letter.partition") + "@" + header(record, "dead-letter.offset");
        deadLetters.merge(place, 1, Integer::sum);
    }

    /** A wrong result counts as a loss, of the right one, and as a duplicate, since there is one too many. */
    public Verdict verdict() {
        long missing = 0;
        long surplus = 0;
        for (Map.Entry<String, Integer> right : expected.entrySet()) {
            int there = delivered.getOrDefault(right.getKey(), 0);
            missing += Math.max(0, right.getValue() - there);
            surplus += Math.max(0, there - right.getValue());
        }
        for (Map.Entry<String, Integer> said : delivered.entrySet()) {
            surplus += expected.containsKey(said.getKey()) ? 0 : said.getValue();
        }
        boolean lettersAreRight = deadLetters.keySet().equals(garbage)
                && deadLetters.values().stream().allMatch(count -> count == 1);
        return new Verdict(
                missing == 0 && surplus == 0 && lettersAreRight,
                sum(expected),
                sum(delivered),
                missing,
                surplus,
                sum(deadLetters),
                new TreeMap<>(Map.of("garbage", garbage.size())));
    }

    private static long sum(Map<String, Integer> counts) {
        return counts.values().stream().mapToLong(Integer::longValue).sum();
    }

    private static String line(Object... parts) {
        return List.of(parts).toString();
    }

    private static JsonNode transaction(byte[] value) {
        try {
            JsonNode json = value == null ? null : JSON.readTree(value);
            if (json == null
                    || !isText(json.path("id"))
                    || !isText(json.path("account"))
                    || !json.path("amount").isInt()) {
                return null;
            }
            Instant.parse(json.path("at").asText());
            return json;
        } catch (IOException | DateTimeParseException e) {
            return null;
        }
    }

    private static boolean isText(JsonNode field) {
        return field.isTextual() && !field.textValue().isBlank();
    }

    private static JsonNode json(byte[] value) {
        try {
            return JSON.readTree(value);
        } catch (IOException e) {
            throw new IllegalStateException("the job has written what is no JSON", e);
        }
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
