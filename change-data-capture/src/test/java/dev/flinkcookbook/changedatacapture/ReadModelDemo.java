package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.PostgresServer;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Verdict;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The second half of {@link ChangeDataCaptureJob}'s way: views in, a table of a real Postgres out. The views are generated, and
 * one of three of their records is stale or has been told before. Press run in an IDE.
 */
public final class ReadModelDemo implements Recipe {

    public static void main(String[] args) {
        System.exit(RunCommand.run(new ReadModelDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return ChangeDataCaptureJob.NAME;
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        for (String flag : jobFlags) {
            if (flag.startsWith("--jdbc-")) {
                throw new IllegalArgumentException(flag + ": run brings its own Postgres");
            }
        }
        return ReadModelParameters.from(jobFlags).isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        return new ViewsBecomeATable(load, PostgresServer.started(), jobFlags);
    }

    private static final class ViewsBecomeATable implements Scenario {
        private final Load load;
        private final PostgresServer postgres;
        private final String[] jobFlags;
        private final ReadModelParameters parameters;
        private final KafkaFlags kafka;
        private final ReadModelGenerator generator;
        private long deadLetters;

        ViewsBecomeATable(Load load, PostgresServer postgres, String... jobFlags) {
            this.load = load;
            this.postgres = postgres;
            this.jobFlags = Stream.concat(
                            Stream.of(jobFlags),
                            Stream.of("--jdbc-url", postgres.jdbcUrl(), "--jdbc-user", PostgresServer.SUPERUSER))
                    .toArray(String[]::new);
            this.parameters = ReadModelParameters.from(this.jobFlags).orElseThrow();
            this.kafka = parameters.kafka();
            this.generator = new ReadModelGenerator(load.seed(), load.rate());
        }

        @Override
        public List<Job> jobs() {
            return List.of(new Job(ReadModelJob.NAME, ReadModelJob.class.getName(), List.of(jobFlags)));
        }

        @Override
        public JobTopics topics() {
            return new JobTopics(parameters.viewTopics(), List.of(kafka.deadLetterTopic()), kafka.groupId());
        }

        @Override
        public void createOutputTopics() throws InterruptedException {
            ReadModelJob.requireTopics(parameters);
            ReadModelJob.table(parameters).require(true);
        }

        @Override
        public void runJob() throws Exception {
            ReadModelJob.main(jobFlags);
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
            // Of one view only: the oracle reads all of them.
        }

        @Override
        public void output(ConsumerRecord<byte[], byte[]> record) {
            deadLetters++;
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
            ReadModelOracle oracle = new ReadModelOracle();
            for (String view : parameters.viewTopics()) {
                TopicReader.readAll(kafka.bootstrapServers(), view).forEach(oracle::input);
            }
            try (Connection connection = postgres.connect()) {
                ReadModelOracle.Result result = oracle.compare(connection, parameters.table());
                Map<String, Object> more = new LinkedHashMap<>();
                more.put("into", "postgres");
                more.put("deleted", result.deleted());
                return new Verdict(
                        result.isExact() && deadLetters == 0,
                        result.expected(),
                        result.delivered(),
                        result.lost(),
                        result.surplus(),
                        deadLetters,
                        more);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
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
