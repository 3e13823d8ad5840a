package dev.flinkcookbook.queryevolutionsql;

import static dev.flinkcookbook.queryevolutionsql.SchemaChange.table;
import static dev.flinkcookbook.queryevolutionsql.SchemaChange.version;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.queryevolutionsql.AvroStatement.Outcome;
import dev.flinkcookbook.queryevolutionsql.SchemaChange.Table;
import dev.flinkcookbook.queryevolutionsql.SchemaChange.Version;
import dev.flinkcookbook.queryevolutionsql.SchemaRegistry.Mode;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.flink.configuration.CoreOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What becomes of a running statement when the producer of its topic changes the schema, and which mode of the registry would have
 * stopped that producer.
 */
@ExtendWith(KafkaExtension.class)
class AvroSchemaEvolutionIT {

    private static final String PAGE = "avro-schema-evolution.md";
    private static final String READING = """
            | What has changed | The table's column | Refused under | The running statement | What to do instead |
            |---|---|---|---|---|
            """;

    private static final String WRITING = """
            | What has changed | BACKWARD | FORWARD | FULL |
            |---|---|---|---|
            """;

    private static final Set<Mode> MODES = EnumSet.range(Mode.BACKWARD, Mode.FULL);

    /** What fails three times at the same record will go on doing so. */
    private static final int RESTARTS = 2;

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension().set(CoreOptions.DEFAULT_PARALLELISM, 1);

    private static SchemaRegistry registry;

    private final String servers;

    AvroSchemaEvolutionIT(KafkaBroker kafka) {
        servers = kafka.bootstrapServers();
    }

    @BeforeAll
    static void startRegistry() {
        registry = SchemaRegistry.started();
    }

    @AfterAll
    static void stopRegistry() {
        registry.close();
    }

    @Test
    void aRunningStatementMeetsAnotherSchema() throws Exception {
        FLINK.restarts(RESTARTS);
        StringBuilder table = new StringBuilder(READING);
        for (SchemaChange change : SchemaChanges.all()) {
            table.append("| ").append(change.what());
            table.append(" | ").append(columns(change.table()));
            table.append(" | ").append(refusing(change));
            table.append(" | ").append(running(change));
            table.append(" | ").append(instead(change)).append(" |\n");
        }
        GeneratedTable.assertThatPageHas(table.toString(), PAGE, "avro-reading");
    }

    @Test
    void aStatementWritesAnotherSchema() throws Exception {
        FLINK.restarts(RESTARTS);
        StringBuilder table = new StringBuilder(WRITING);
        for (SinkChange change : SinkChange.all()) {
            table.append("| ").append(change.what());
            for (Mode mode : MODES) {
                table.append(" | ").append(writing(change, mode));
            }
            table.append(" |\n");
        }
        GeneratedTable.assertThatPageHas(table.toString(), PAGE, "avro-writing");
    }

    private String writing(SinkChange change, Mode mode) throws Exception {
        String topic = Topics.unique("results");
        String subject = topic + "-value";
        Topics.create(servers, topic, 1);
        if (change.before() == null) {
            registry.register(subject, SchemaChanges.INT.schema());
        } else {
            write(topic, change.before(), change.valuesBefore());
        }
        assertThat(registry.count(subject)).as("schemas of %s", subject).isEqualTo(1);
        registry.require(subject, mode);
        long before = TopicReader.endOffsets(servers, topic).get(0);
        try {
            write(topic, change.after(), change.valuesAfter());
        } catch (Exception e) {
            assertThat(e).hasStackTraceContaining("Could not register schema in registry");
            assertThat(e).rootCause().hasMessageEndingWith("error code: 409");
            assertThat(TopicReader.endOffsets(servers, topic)).containsEntry(0, before);
            assertThat(registry.count(subject)).isEqualTo(1);
            return "fails: 409";
        }
        assertThat(TopicReader.endOffsets(servers, topic)).containsEntry(0, before + 1);
        return registry.count(subject) == 1 ? "writes by the schema that is there" : "writes by a new version";
    }

    /** A statement that ends, with one row. */
    private void write(String topic, Table table, String values) throws Exception {
        SqlStatementJob.main(new String[] {
            "--script=src/test/resources/avro-results.sql",
            "--bootstrap-servers=" + servers,
            "--variable=registry=" + registry.url(),
            "--variable=output-topic=" + topic,
            "--variable=columns=" + table.allColumns(),
            "--variable=options=" + table.options(),
            "--variable=values=" + values
        });
    }

    /** Each step is a compatible one, and the third is none for whoever still reads by the first. */
    @Test
    void aFieldComesBackWithAnotherType() throws Exception {
        FLINK.restarts(RESTARTS);
        Version first = version("{'name':'amount','type':'int','default':0}", "'amount':5", "'amount':5");
        Version without = version("{'name':'fee','type':'int','default':0}", "'fee':1", "'amount':null");
        Version back = version("{'name':'amount','type':'string','default':''}", "'amount':'7'", "");

        assertThat(accepted(Mode.FULL, first, without, back)).containsExactly(true, true);
        assertThat(accepted(Mode.FULL_TRANSITIVE, first, without, back)).containsExactly(true, false);
        AvroTopic topic = new AvroTopic(servers, registry);
        topic.write(first.schema(), first.record("p-1"));
        topic.write(without.schema(), without.record("p-2"));
        try (AvroStatement statement = new AvroStatement(FLINK, servers, registry, topic, table("amount INT"))) {
            assertThat(statement.await(2))
                    .isEqualTo(new Outcome(null, List.of(first.shown("p-1"), without.shown("p-2"))));
            topic.write(back.schema(), back.record("p-3"));
            assertThat(statement.await(3).failure()).isEqualTo("AvroTypeException: Found string, expecting union");
        }
    }

    private static List<Boolean> accepted(Mode mode, Version first, Version second, Version third) {
        String subject = Topics.unique("payments") + "-value";
        registry.register(subject, first.schema());
        return List.of(
                registry.accepts(subject, mode, second.schema()), registry.accepts(subject, mode, third.schema()));
    }

    @Test
    void aRecordWithoutASchemaStopsIt() throws Exception {
        byte[] noAvro = "{\"id\":\"p-2\",\"amount\":7}".getBytes(StandardCharsets.UTF_8);
        byte[] ofAnotherRegistry = {0, 0x7f, -1, -1, -1, 6, 'p', '-', '2', 14};

        assertThat(failureAt(noAvro)).isEqualTo("IOException: Unknown data format. Magic number does not match");
        assertThat(failureAt(ofAnotherRegistry)).contains("2147483647").endsWith("error code: 40403");
    }

    private String failureAt(byte[] record) throws Exception {
        FLINK.restarts(RESTARTS);
        AvroTopic topic = new AvroTopic(servers, registry);
        topic.write(SchemaChanges.INT.schema(), SchemaChanges.INT.record("p-1"));
        topic.write(record);
        topic.write(SchemaChanges.INT.schema(), SchemaChanges.INT.record("p-3"));
        try (AvroStatement statement = new AvroStatement(FLINK, servers, registry, topic, table("amount INT"))) {
            return statement.awaitFailure();
        }
    }

    /** It knows the schemas that it has met, for as long as its tasks live. With the registry it survives the same loss. */
    @Test
    void withoutTheRegistryItGoesOnUntilItRestarts() throws Exception {
        FLINK.restarts(2 * RESTARTS); // Of which two TaskManagers need one each.
        Version known = SchemaChanges.INT;
        try (SchemaRegistry mortal = SchemaRegistry.started()) {
            AvroTopic topic = new AvroTopic(servers, mortal);
            topic.write(known.schema(), known.record("p-1"));
            try (AvroStatement statement = new AvroStatement(FLINK, servers, mortal, topic, table("amount INT"))) {
                statement.awaitRow(known.shown("p-1"));
                FLINK.replaceTaskManager();
                topic.write(known.schema(), known.record("p-2"));
                statement.awaitRow(known.shown("p-2"));

                mortal.kill();
                topic.write(known.schema(), known.record("p-3"));
                statement.awaitRow(known.shown("p-3"));
                FLINK.replaceTaskManager();
                topic.write(known.schema(), known.record("p-4"));
                assertThat(statement.awaitFailure()).isEqualTo("ConnectException: Connection refused");
            }
        }
    }

    private static String columns(Table table) {
        return "`" + table.columns() + "`" + (table.fields() == null ? "" : " by `" + table.shownFields() + "`");
    }

    /** Each mode is asked in a subject of its own. */
    private static String refusing(SchemaChange change) {
        Set<Mode> refusing = EnumSet.noneOf(Mode.class);
        for (Mode mode : MODES) {
            String subject = Topics.unique("payments") + "-value";
            registry.register(subject, change.before().schema());
            if (!registry.accepts(subject, mode, change.after().schema())) {
                refusing.add(mode);
            }
        }
        return refusing.isEmpty()
                ? "**none**"
                : refusing.stream().map(Mode::name).collect(Collectors.joining(", "));
    }

    private String running(SchemaChange change) throws Exception {
        AvroTopic topic = new AvroTopic(servers, registry);
        Schema before = change.before().schema();
        Schema after = change.after().schema();
        topic.write(before, change.before().record("p-1"));
        Outcome outcome;
        try (AvroStatement statement = new AvroStatement(FLINK, servers, registry, topic, change.table())) {
            assertThat(statement.await(1).rows())
                    .as("%s: a statement that has read the first schema", change.what())
                    .isEqualTo(change.meant().subList(0, 1));
            topic.write(after, change.after().record("p-2"));
            topic.write(before, change.before().record("p-3"));
            outcome = statement.await(3);
        }
        assertThat(topic.schemas()).as("by which the producer wrote").containsExactly(before, after, before);
        if (change.other() != null) {
            try (AvroStatement statement = new AvroStatement(FLINK, servers, registry, topic, change.other())) {
                assertThat(statement.await(3))
                        .as("%s: a new statement with %s", change.what(), change.other())
                        .isEqualTo(new Outcome(null, change.otherMeant()));
            }
        }
        return what(change, outcome);
    }

    private static String what(SchemaChange change, Outcome outcome) {
        if (outcome.failure() != null) {
            return "fails: `" + outcome.failure() + "`";
        }
        assertThat(outcome.rows()).as("%s: three rows", change.what()).hasSize(3);
        assertThat(outcome.rows().get(2))
                .as("%s: the old schema again", change.what())
                .isEqualTo(change.meant().get(2));
        if (!outcome.rows().equals(change.meant())) {
            return "**silently wrong**: `" + outcome.rows().get(1) + "` instead of `"
                    + change.meant().get(1) + "`";
        }
        boolean more = change.other() != null && !change.otherMeant().equals(change.meant());
        return more ? "goes on, and does not see the field" : "goes on";
    }

    private static String instead(SchemaChange change) {
        String other = change.other() == null ? "" : "new statement: " + columns(change.other());
        String advice = (change.advice() + " " + other).strip();
        return advice.isEmpty() ? "nothing" : advice;
    }
}
