package dev.flinkcookbook.failingwell;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Verdict;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The job on real Kafka, beside a real HTTP service that fails on purpose: of a thousand payments two are never answered, two
 * meet with silence, six with a connection that closes, twenty with 503, and ten are refused. An oracle says where each must end.
 * Press run in an IDE, or {@code ./cookbook run failing-well}.
 */
public final class PaymentScreeningDemo implements Recipe {

    public static void main(String[] args) {
        System.exit(RunCommand.run(new PaymentScreeningDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "failing-well";
    }

    @Override
    public Load load() {
        return new Load(10_000, 500, 1);
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        if (Stream.of(jobFlags).anyMatch(flag -> flag.startsWith("--service"))) {
            throw new FlagException("--service: the run brings its own, which fails on purpose; use job or submit");
        }
        return PaymentScreeningParameters.from(jobFlags).isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        return new AServiceThatFails(load, jobFlags);
    }

    private static final class AServiceThatFails implements Scenario {
        private static final double GARBAGE = 0.01;

        private final Load load;
        private final ScreeningService service =
                ScreeningService.that((id, attempt) -> Fate.of(id).answer(attempt));
        private final String[] jobFlags;
        private final PaymentScreeningParameters parameters;
        private final KafkaFlags kafka;
        private final PacedInput input;
        private final PaymentScreeningOracle oracle;

        AServiceThatFails(Load load, String... givenFlags) {
            this.load = load;
            this.jobFlags = Stream.concat(
                            Stream.of(givenFlags),
                            Stream.of("--service", service.address().toString()))
                    .toArray(String[]::new);
            this.parameters = PaymentScreeningParameters.from(jobFlags).orElseThrow();
            this.kafka = parameters.kafka();
            this.input = new PacedInput(load.rate());
            this.oracle = new PaymentScreeningOracle(parameters.backoff().attempts());
        }

        @Override
        public JobTopics topics() {
            return new JobTopics(
                    List.of(kafka.inputTopic()),
                    List.of(kafka.outputTopic(), parameters.unscreenedTopic(), kafka.deadLetterTopic()),
                    kafka.groupId());
        }

        @Override
        public void createOutputTopics() throws InterruptedException {
            PaymentScreeningJob.requireTopics(parameters);
        }

        @Override
        public void runJob() throws Exception {
            PaymentScreeningJob.main(jobFlags);
        }

        @Override
        public List<Job> jobs() {
            return List.of(new Job("failing-well", null, List.of(jobFlags)));
        }

        @Override
        public void produce() throws Exception {
            Random random = new Random(load.seed());
            input.send(
                    kafka.clientProperties(),
                    kafka.inputTopic(),
                    load.events(),
                    partitions ->
                            new ProducerRecord<>(kafka.inputTopic(), random.nextInt(partitions), null, next(random)));
        }

        private byte[] next(Random random) {
            if (random.nextDouble() < GARBAGE) {
                return random.nextBoolean() ? null : "{\"paymentId\":\"p".getBytes(StandardCharsets.UTF_8);
            }
            return "{\"paymentId\":\"p-%d\",\"amount\":\"%d.00\",\"currency\":\"EUR\"}"
                    .formatted(input.sent(), random.nextInt(1_000))
                    .getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public PacedInput input() {
            return input;
        }

        @Override
        public void input(ConsumerRecord<byte[], byte[]> record) {
            oracle.input(record);
        }

        @Override
        public void output(ConsumerRecord<byte[], byte[]> record) {
            if (record.topic().equals(kafka.outputTopic())) {
                oracle.screened(record);
            } else if (record.topic().equals(kafka.deadLetterTopic())) {
                oracle.deadLetter(record);
            } else {
                oracle.unscreened(record);
            }
        }

        @Override
        public Verdict verdict() {
            PaymentScreeningOracle.Result result = oracle.result();
            Map<String, Object> more = new LinkedHashMap<>();
            more.put("unscreened", result.unscreened());
            more.put("elsewhere", result.elsewhere());
            more.put("questions", service.attempts());
            return new Verdict(
                    result.lost() == 0 && result.duplicated() == 0 && result.elsewhere() == 0,
                    result.expected(),
                    result.delivered(),
                    result.lost(),
                    result.duplicated(),
                    result.deadLetters(),
                    more);
        }

        @Override
        public String progress() {
            return "questions " + service.attempts();
        }

        @Override
        public void close() {
            service.close();
        }
    }
}
