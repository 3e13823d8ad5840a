package dev.flinkcookbook.queryevolutionsql;

import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Topics;
import dev.flinkcookbook.testbed.Verdict;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The script {@code sql/account-totals-v1.sql} on real Kafka within one JVM: generates payments, takes the TaskManager away in the
 * middle, and compares the table with the payments. Press run in an IDE, or {@code ./cookbook run query-evolution-sql}.
 */
public final class SqlStatementDemo implements Recipe {

    private static final String SCRIPT = "sql/account-totals-v1.sql";
    private static final int ACCOUNTS = 500;
    private static final int MOST = 2_000;

    @Command(
            name = "run query-evolution-sql",
            sortOptions = false,
            description = "Counts and sums up each account's payments, by " + SCRIPT + ".")
    private static final class DemoFlags {
        @Option(names = "--bootstrap-servers", paramLabel = "HOST:PORT", defaultValue = "localhost:9092", hidden = true)
        private String bootstrapServers;

        @Option(names = "--create-topics", hidden = true)
        private boolean createTopics;

        @Option(names = "--input-topic", paramLabel = "TOPIC", description = "read from (default: ${DEFAULT-VALUE})")
        private String inputTopic = "payments";

        @Option(names = "--output-topic", paramLabel = "TOPIC", description = "write to (default: ${DEFAULT-VALUE})")
        private String outputTopic = "account-totals";

        @Option(names = "--help", usageHelp = true, description = "print the flags and end")
        private boolean help;
    }

    public static void main(String[] args) {
        System.exit(RunCommand.run(new SqlStatementDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "query-evolution-sql";
    }

    @Override
    public boolean accepts(Load load, String... flags) {
        return Flags.parse(new DemoFlags(), flags);
    }

    @Override
    public Scenario scenario(Load load, String... flags) {
        DemoFlags given = new DemoFlags();
        Flags.parse(given, flags);
        return new Payments(load, given);
    }

    private static final class Payments implements Scenario {
        private final Load load;
        private final DemoFlags flags;
        private final PacedInput input;
        private final Random random;
        private final TotalsOracle oracle = new TotalsOracle();
        private long payments;

        private Payments(Load load, DemoFlags flags) {
            this.load = load;
            this.flags = flags;
            input = new PacedInput(load.rate());
            random = new Random(load.seed());
        }

        private String group() {
            return "account-totals-" + flags.outputTopic;
        }

        @Override
        public JobTopics topics() {
            return new JobTopics(List.of(flags.inputTopic), List.of(flags.outputTopic), group());
        }

        @Override
        public void createOutputTopics() {
            if (!Topics.exists(flags.bootstrapServers, flags.outputTopic)) {
                Topics.create(flags.bootstrapServers, flags.outputTopic, 2);
            }
        }

        @Override
        public void runJob() throws Exception {
            Stream<String> variables = Stream.of(
                    "input-topic=" + flags.inputTopic,
                    "output-topic=" + flags.outputTopic,
                    "group-id=" + group(),
                    "transactional-id-prefix=" + group());
            Stream<String> args = Stream.concat(
                    Stream.of("--script", script(), "--bootstrap-servers", flags.bootstrapServers),
                    variables.flatMap(variable -> Stream.of("--variable", variable)));
            SqlStatementJob.main(args.toArray(String[]::new));
        }

        /** Tests run in the module's folder, an IDE and the command in the repository's. */
        private static String script() {
            Path inTheRepository = Path.of(System.getProperty("cookbook.root", "."), "query-evolution-sql", SCRIPT);
            return Files.exists(inTheRepository) ? inTheRepository.toString() : SCRIPT;
        }

        @Override
        public void produce() throws Exception {
            Properties client = new Properties();
            client.setProperty("bootstrap.servers", flags.bootstrapServers);
            input.send(client, flags.inputTopic, load.events(), partitions -> next());
        }

        private ProducerRecord<byte[], byte[]> next() {
            String account = "a-" + random.nextInt(ACCOUNTS);
            String payment = "{\"id\":\"p-%d\",\"account\":\"%s\",\"amount\":%d}"
                    .formatted(++payments, account, random.nextInt(MOST));
            return new ProducerRecord<>(
                    flags.inputTopic,
                    account.getBytes(StandardCharsets.UTF_8),
                    payment.getBytes(StandardCharsets.UTF_8));
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
            oracle.output(record);
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
