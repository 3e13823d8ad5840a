package dev.flinkcookbook.measuringlatency;

import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.TopicCheck;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Verdict;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The job on real Kafka within one JVM: sends events on schedule, takes the TaskManager away in the middle, and measures every stage as a
 * consumer of committed records sees it. Press run in an IDE, or {@code ./cookbook run measuring-latency}.
 */
public final class MeasuringLatencyDemo implements Recipe {

    private static final double GARBAGE = 0.01;

    public static void main(String[] args) {
        System.exit(RunCommand.run(new MeasuringLatencyDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "measuring-latency";
    }

    @Override
    public Load load() {
        return new Load(40_000, 2_000, 1);
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        return MeasuringLatencyParameters.from(jobFlags).isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        return new EventsOnSchedule(load, jobFlags);
    }

    private static final class EventsOnSchedule implements Scenario {
        private final Load load;
        private final String[] jobFlags;
        private final KafkaFlags kafka;
        private final PacedInput input;
        private final Random random;
        private final LatencyOracle oracle = new LatencyOracle();
        private OpenLoopSchedule schedule;
        private long events;

        private EventsOnSchedule(Load load, String... jobFlags) {
            this.load = load;
            this.jobFlags = jobFlags;
            kafka = MeasuringLatencyParameters.from(jobFlags).orElseThrow().kafka();
            input = new PacedInput(load.rate());
            random = new Random(load.seed());
        }

        @Override
        public JobTopics topics() {
            return new JobTopics(
                    List.of(kafka.inputTopic()),
                    List.of(kafka.outputTopic(), kafka.deadLetterTopic()),
                    kafka.groupId());
        }

        @Override
        public void createOutputTopics() throws InterruptedException {
            TopicCheck.require(kafka, Map.of(kafka.outputTopic(), Map.of(), kafka.deadLetterTopic(), Map.of()));
        }

        @Override
        public void runJob() throws Exception {
            MeasuringLatencyJob.main(jobFlags);
        }

        /** Each event says when it was due, whenever it leaves. */
        @Override
        public void produce() throws Exception {
            input.send(kafka.clientProperties(), kafka.inputTopic(), load.events(), partitions -> next());
        }

        private ProducerRecord<byte[], byte[]> next() {
            if (schedule == null) {
                schedule = new OpenLoopSchedule(System.currentTimeMillis(), Math.toIntExact(load.rate()));
            }
            String event = "{\"id\":\"e-%d\",\"sentAt\":%d,\"payload\":\"%x\"}"
                    .formatted(events, schedule.dueAt(events), random.nextLong());
            events++;
            String value = random.nextDouble() < GARBAGE ? event.substring(0, event.length() / 2) : event;
            return new ProducerRecord<>(kafka.inputTopic(), value.getBytes(StandardCharsets.UTF_8));
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
            if (record.topic().equals(kafka.deadLetterTopic())) {
                oracle.deadLetter();
            } else {
                oracle.output(record, System.currentTimeMillis());
            }
        }

        @Override
        public String progress() {
            return Stream.of(Stage.values())
                    .map(stage -> String.format(
                            Locale.ROOT,
                            "%s %,d/%,d",
                            stage.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                            oracle.percentile(stage, 50),
                            oracle.percentile(stage, 99)))
                    .collect(Collectors.joining(", ", "p50/p99 ms: ", ""));
        }

        @Override
        public Verdict verdict() {
            return oracle.verdict();
        }

        @Override
        public int taskManagersToLose() {
            return 1;
        }
    }
}
