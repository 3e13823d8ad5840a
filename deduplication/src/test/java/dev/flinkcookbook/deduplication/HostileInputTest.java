package dev.flinkcookbook.deduplication;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.common.KafkaRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What a topic may hold that anybody can write to. */
class HostileInputTest {

    private static final long SEED = 20260101;
    private static final int INPUTS = 10_000;
    private static final int LARGE_INPUTS = 20;
    private static final int LARGE = 900_000;

    private static final Set<String> REASONS =
            Set.of("not-json", "json-beyond-limits", "field-repeated", "field-wrong-type", "id-missing");

    private static final JsonMapper TREE = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** What a whole tree says about the id. */
    enum Judgement {
        READABLE,
        ID_MISSING,
        ID_OF_WRONG_TYPE,
        ID_REPEATED,
        NOT_JSON,
        BEYOND_LIMITS
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS) // the inputs are made once
    class TenThousandHostileInputs {
        private final List<byte[]> inputs = inputs();
        private final OccurrenceReader reader =
                new OccurrenceReader(new EventFields(List.of("/paymentId"), null, null));

        @Test
        void areAllAnsweredAsAWholeTreeAnswersThem() {
            Map<Judgement, Integer> seen = new EnumMap<>(Judgement.class);
            for (int i = 0; i < inputs.size(); i++) {
                byte[] input = inputs.get(i);
                Occurrence occurrence = reader.read(record(input));
                Judgement judgement = judge(input);
                assertThat(isRight(occurrence, judgement))
                        .as(
                                "input %d of seed %d is %s, the reader says %s: %s",
                                i, SEED, judgement, answer(occurrence), start(input))
                        .isTrue();
                seen.merge(judgement, 1, Integer::sum);
            }
            // Inputs that are all alike would prove nothing.
            assertThat(seen).containsOnlyKeys(Judgement.values());
            assertThat(seen.get(Judgement.READABLE)).isGreaterThan(1_000);
            assertThat(seen.get(Judgement.NOT_JSON)).isGreaterThan(3_000);
        }

        @Test
        void neverMakeTheReaderThrowAndComeBackWithAReasonThatIsDocumented() {
            assertThatCode(() -> {
                        for (byte[] input : inputs) {
                            Occurrence occurrence = reader.read(record(input));
                            if (occurrence.isReadable()) {
                                assertThat(occurrence.id()).isNotNull();
                                assertThat(reader.idValues(occurrence.record())).doesNotContainNull();
                            } else {
                                assertThat(REASONS).contains(occurrence.fault().reason());
                                assertThat(occurrence.fault().message()).isNotBlank();
                            }
                        }
                    })
                    .doesNotThrowAnyException();
        }

        @Test
        void areEachAnsweredTheSameAgain() {
            OccurrenceReader another = new OccurrenceReader(new EventFields(List.of("/paymentId"), null, null));
            for (byte[] input : inputs.subList(0, 2_000)) {
                KafkaRecord record = record(input);
                assertThat(another.read(record)).isEqualTo(reader.read(record));
            }
        }

        @Test
        void holdTwentyLargeOnes() {
            assertThat(inputs).hasSize(INPUTS);
            assertThat(inputs.stream().filter(input -> input.length >= LARGE)).hasSize(LARGE_INPUTS);
        }

        @Test
        void breakNoReaderOfTimesAndVersionsEither() {
            OccurrenceReader all = new OccurrenceReader(new EventFields(
                    List.of("/paymentId", "/account"), new EventFields.Time("/createdAt", Duration.ZERO), "/amount"));
            Set<String> reasons = inputs.stream()
                    .map(input -> all.read(record(input)))
                    .filter(occurrence -> !occurrence.isReadable())
                    .map(occurrence -> occurrence.fault().reason())
                    .collect(Collectors.toSet());
            assertThat(reasons).containsAll(REASONS);
            reasons.removeAll(REASONS);
            assertThat(Set.of("time-missing", "time-ahead-of-clock", "version-missing"))
                    .containsAll(reasons);
        }
    }

    private static boolean isRight(Occurrence occurrence, Judgement judgement) {
        String answer = answer(occurrence);
        return switch (judgement) {
            // A tree keeps a number of any exponent, as long as it is not asked for its digits.
            case READABLE -> answer.equals("readable") || answer.equals("json-beyond-limits");
            case ID_MISSING -> answer.equals("id-missing");
            case ID_OF_WRONG_TYPE -> answer.equals("field-wrong-type");
            // Which of its faults is met first depends on the order; that it is refused does not.
            case ID_REPEATED ->
                Set.of("field-repeated", "field-wrong-type", "json-beyond-limits")
                        .contains(answer);
            case NOT_JSON -> !answer.equals("readable") && !answer.equals("id-missing");
            // A tree decodes every number, the reader only the id: it may well read what a tree cannot.
            case BEYOND_LIMITS -> true;
        };
    }

    private static String answer(Occurrence occurrence) {
        return occurrence.isReadable() ? "readable" : occurrence.fault().reason();
    }

    private static Judgement judge(byte[] input) {
        try {
            JsonNode tree = TREE.readTree(input);
            if (tree.isMissingNode()) {
                return Judgement.NOT_JSON;
            }
            if (tree.isObject() && TREE.readValue(input, IdCounter.class).ids > 1) {
                return Judgement.ID_REPEATED;
            }
            JsonNode id = tree.at("/paymentId");
            if (id.isMissingNode()
                    || id.isNull()
                    || id.isTextual() && id.textValue().isEmpty()) {
                return Judgement.ID_MISSING;
            }
            boolean text = !id.isTextual() || UTF_8.newEncoder().canEncode(id.textValue());
            return id.isValueNode() && text ? Judgement.READABLE : Judgement.ID_OF_WRONG_TYPE;
        } catch (StreamConstraintsException | NumberFormatException e) { // the latter for an exponent of many digits
            return Judgement.BEYOND_LIMITS;
        } catch (IOException e) {
            return Judgement.NOT_JSON;
        }
    }

    /** Counts what a tree would silently overwrite. */
    private static final class IdCounter {
        private int ids;

        @JsonAnySetter
        void field(String name, JsonNode value) {
            ids += name.equals("paymentId") ? 1 : 0;
        }
    }

    private static KafkaRecord record(byte[] value) {
        return new KafkaRecord("payments", 0, 0, 1_767_225_600_000L, null, value, new RecordHeaders());
    }

    private static String start(byte[] input) {
        return new String(input, 0, Math.min(input.length, 200), UTF_8);
    }

    private static List<byte[]> inputs() {
        Random random = new Random(SEED);
        List<byte[]> inputs = new ArrayList<>(INPUTS);
        for (int i = 0; i < LARGE_INPUTS; i++) {
            inputs.add(large(random, i));
        }
        while (inputs.size() < INPUTS) {
            inputs.add(
                    switch (random.nextInt(10)) {
                        case 0 -> randomBytes(random, random.nextInt(300));
                        case 1 -> truncated(random, payment(random));
                        case 2 -> flipped(random, payment(random));
                        case 3 -> followed(random, payment(random));
                        case 4 -> bytes("{\"paymentId\":" + number(random) + ",\"amount\":" + number(random) + "}");
                        case 5 -> nested(random, 1 + random.nextInt(3_000));
                        case 6 -> repeated(random);
                        case 7 -> unicode(random);
                        case 8 -> bytes(json(random, 4));
                        default -> payment(random);
                    });
        }
        return inputs;
    }

    private static byte[] payment(Random random) {
        String id = random.nextInt(8) == 0 ? json(random, 2) : "\"p-" + random.nextInt(1_000) + "\"";
        String time = random.nextBoolean() ? "\"2025-12-31T00:00:00Z\"" : json(random, 1);
        return bytes("{\"account\":\"a-%d\",\"paymentId\":%s,\"amount\":%s,\"createdAt\":%s}"
                .formatted(random.nextInt(10), id, number(random), time));
    }

    private static byte[] randomBytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] truncated(Random random, byte[] input) {
        return Arrays.copyOf(input, random.nextInt(input.length));
    }

    private static byte[] flipped(Random random, byte[] input) {
        for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
            input[random.nextInt(input.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return input;
    }

    private static byte[] followed(Random random, byte[] input) {
        byte[] rest = switch (random.nextInt(4)) {
            case 0 -> payment(random);
            case 1 -> bytes(" \n\t");
            case 2 -> truncated(random, payment(random));
            default -> randomBytes(random, 1 + random.nextInt(5));
        };
        byte[] both = Arrays.copyOf(input, input.length + rest.length);
        System.arraycopy(rest, 0, both, input.length, rest.length);
        return both;
    }

    private static String number(Random random) {
        String sign = random.nextBoolean() ? "-" : "";
        int digits = random.nextInt(random.nextInt(8) == 0 ? 1_200 : 40); // now and then beyond the limit
        return switch (random.nextInt(7)) {
            case 0 -> sign + random.nextInt(1_000);
            case 1 -> sign + "1" + "0".repeat(digits);
            case 2 -> sign + "0." + "7".repeat(1 + digits);
            case 3 -> sign + "1e" + sign + random.nextInt(2_000);
            case 4 -> sign + "1e" + sign + "9".repeat(1 + random.nextInt(30));
            case 5 -> Long.toString(random.nextLong());
            default -> sign + "0" + random.nextInt(100); // not JSON unless it is 0 alone
        };
    }

    private static byte[] nested(Random random, int depth) {
        boolean array = random.nextBoolean();
        boolean closed = random.nextInt(4) != 0;
        String open = (array ? "[" : "{\"paymentId\":").repeat(depth);
        String close = (array ? "]" : "}").repeat(closed ? depth : random.nextInt(depth));
        return bytes(random.nextBoolean() ? open + "1" + close : "{\"x\":" + open + "1" + close + ",\"paymentId\":1}");
    }

    private static byte[] repeated(Random random) {
        StringBuilder json = new StringBuilder("{");
        for (int fields = 1 + random.nextInt(6); fields > 0; fields--) {
            String name = random.nextBoolean() ? "paymentId" : random.nextBoolean() ? "account" : "payment\\u0049d";
            json.append('"').append(name).append("\":").append(json(random, 1)).append(fields > 1 ? "," : "}");
        }
        return bytes(json.toString());
    }

    private static byte[] unicode(Random random) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(20); length > 0; length--) {
            int character = random.nextInt(random.nextBoolean() ? 0x300 : 0x110000);
            switch (random.nextInt(3)) {
                case 0 -> text.append("\\u%04x".formatted(character & 0xffff)); // half a pair, now and then
                case 1 -> text.appendCodePoint(character);
                default -> text.append((char) ('a' + character % 26));
            }
        }
        String json = "{\"paymentId\":\"" + text + "\"}";
        return random.nextInt(5) == 0 ? json.getBytes(random.nextBoolean() ? ISO_8859_1 : UTF_16) : bytes(json);
    }

    /** Any JSON, with fields of a payment at any depth. */
    private static String json(Random random, int depth) {
        int kind = random.nextInt(depth == 0 ? 5 : 8);
        return switch (kind) {
            case 0 -> "null";
            case 1 -> Boolean.toString(random.nextBoolean());
            case 2 -> "\"" + "x".repeat(random.nextInt(4)) + "\"";
            case 3 -> Integer.toString(random.nextInt());
            case 4 -> number(random);
            case 5 -> {
                StringBuilder array = new StringBuilder("[");
                for (int elements = random.nextInt(4); elements > 0; elements--) {
                    array.append(json(random, depth - 1)).append(elements > 1 ? "," : "");
                }
                yield array.append("]").toString();
            }
            default -> {
                List<String> names = List.of("paymentId", "account", "amount", "createdAt", "", "\\u0000");
                StringBuilder object = new StringBuilder("{");
                for (int fields = random.nextInt(5); fields > 0; fields--) {
                    object.append('"')
                            .append(names.get(random.nextInt(names.size())))
                            .append("\":")
                            .append(json(random, depth - 1))
                            .append(fields > 1 ? "," : "");
                }
                yield object.append("}").toString();
            }
        };
    }

    private static byte[] large(Random random, int kind) {
        String filler = "x".repeat(LARGE);
        return switch (kind % 10) {
            case 0 -> randomBytes(random, LARGE);
            case 1 -> bytes("{\"paymentId\":\"" + filler + "\"}");
            case 2 -> bytes("{\"note\":\"" + filler + "\",\"paymentId\":" + kind + "}");
            case 3 -> bytes("{\"paymentId\":1,\"note\":\"" + filler);
            case 4 -> bytes("{\"paymentId\":" + "7".repeat(LARGE) + "}");
            case 5 -> bytes("{\"amount\":" + "7".repeat(LARGE) + ",\"paymentId\":1}");
            case 6 -> bytes("[".repeat(LARGE));
            case 7 -> bytes("{\"paymentId\":1}" + " ".repeat(LARGE));
            case 8 -> bytes("{" + "\"a\":1,".repeat(LARGE / 6 + 1) + "\"paymentId\":1}");
            default -> bytes("{\"" + filler + "\":1,\"paymentId\":1}");
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
