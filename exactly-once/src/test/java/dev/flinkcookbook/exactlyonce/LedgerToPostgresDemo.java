package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.PostgresServer;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Verdict;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * As {@link ExactlyOnceDemo}, with the ledger in a table of a real Postgres, which starts with it. Press run in an IDE, or
 * {@code ./cookbook run exactly-once --into postgres}.
 */
public final class LedgerToPostgresDemo implements Recipe {

    public static void main(String[] args) {
        System.exit(RunCommand.run(new LedgerToPostgresDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "exactly-once";
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        for (String flag : jobFlags) {
            if (flag.startsWith("--jdbc-")) {
                throw new IllegalArgumentException(flag + ": run brings its own Postgres");
            }
        }
        return LedgerToPostgresParameters.from(jobFlags).isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        return new TransfersAreBookedInATable(load, PostgresServer.started(), jobFlags);
    }

    private static final class TransfersAreBookedInATable implements Scenario {
        private final Load load;
        private final PostgresServer postgres;
        private final String[] jobFlags;
        private final LedgerToPostgresParameters parameters;
        private final KafkaFlags kafka;
        private final TransferGenerator generator;
        private final List<ConsumerRecord<byte[], byte[]>> input = new ArrayList<>();
        private final List<ConsumerRecord<byte[], byte[]>> deadLetters = new ArrayList<>();

        TransfersAreBookedInATable(Load load, PostgresServer postgres, String... jobFlags) {
            this.load = load;
            this.postgres = postgres;
            this.jobFlags = Stream.concat(
                            Stream.of(jobFlags),
                            Stream.of("--jdbc-url", postgres.jdbcUrl(), "--jdbc-user", PostgresServer.SUPERUSER))
                    .toArray(String[]::new);
            this.parameters = LedgerToPostgresParameters.from(this.jobFlags).orElseThrow();
            this.kafka = parameters.kafka();
            this.generator = new TransferGenerator(load.seed(), load.rate());
        }

        @Override
        public List<Job> jobs() {
            return List.of(new Job("ledger-to-postgres", LedgerToPostgresJob.class.getName(), List.of(jobFlags)));
        }

        @Override
        public JobTopics topics() {
            return new JobTopics(List.of(kafka.inputTopic()), List.of(kafka.deadLetterTopic()), kafka.groupId());
        }

        @Override
        public void createOutputTopics() throws InterruptedException {
            LedgerToPostgresJob.requireTopics(parameters);
            LedgerToPostgresJob.table(parameters).require(true);
        }

        @Override
        public void runJob() throws Exception {
            LedgerToPostgresJob.main(jobFlags);
        }

        @Override
        public void produce() throws Exception {
            generator.produce(kafka.clientProperties(), kafka.inputTopic(), load.events());
        }

        @Override
        public PacedInput input() {
            return generator.input();
        }

        @Override
        public void input(ConsumerRecord<byte[], byte[]> record) {
            input.add(record);
        }

        @Override
        public void output(ConsumerRecord<byte[], byte[]> record) {
            deadLetters.add(record);
        }

        @Override
        public OptionalLong deliveredElsewhere() {
            try (Connection connection = postgres.connect();
                    Statement statement = connection.createStatement();
                    ResultSet count = statement.executeQuery("SELECT count(*) FROM " + parameters.table())) {
                count.next();
                return OptionalLong.of(count.getLong(1));
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Rows are replaced, so the table is judged as a whole each time. */
        @Override
        public Verdict verdict() {
            LedgerOracle oracle = new LedgerOracle();
            input.forEach(oracle::input);
            deadLetters.forEach(oracle::deadLetter);
            Map<String, Object> more = new LinkedHashMap<>(Map.of("into", "postgres"));
            try (Connection connection = postgres.connect()) {
                LedgerAudit.tell(oracle, connection, parameters.table());
                more.putAll(LedgerAudit.of(connection, parameters.table()));
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            LedgerOracle.Result result = oracle.result();
            return new Verdict(
                    result.isExactlyOnce(),
                    result.expected(),
                    result.delivered(),
                    result.lost(),
                    result.duplicated(),
                    result.deadLetters(),
                    more);
        }

        @Override
        public int taskManagersToLose() {
            return 1;
        }

        @Override
        public void close() {
            postgres.close();
        }
    }
}
