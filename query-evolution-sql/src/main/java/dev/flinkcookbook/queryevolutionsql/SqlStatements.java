package dev.flinkcookbook.queryevolutionsql;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.table.api.CompiledPlan;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.bridge.java.StreamStatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** A script as Flink has understood it: its settings and tables are in effect, what it inserts is a job that does not run yet. */
final class SqlStatements {

    private final StreamExecutionEnvironment environment;
    private final StreamTableEnvironment tables;
    private final StreamStatementSet inserts;

    private SqlStatements(
            StreamExecutionEnvironment environment, StreamTableEnvironment tables, StreamStatementSet inserts) {
        this.environment = environment;
        this.tables = tables;
        this.inserts = inserts;
    }

    /** @throws SqlException one line: what Flink refuses, with its line and column */
    static SqlStatements of(SqlScript script) {
        return of(script, new Configuration());
    }

    /** @param defaults of the job; what the script sets wins */
    static SqlStatements of(SqlScript script, Configuration defaults) {
        Configuration settings = new Configuration(defaults);
        settings.set(PipelineOptions.AUTO_GENERATE_UIDS, true); // Without a plan the operators of SQL have no others.
        script.settings().forEach(settings::setString);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(settings);
        StreamTableEnvironment tables = StreamTableEnvironment.create(
                environment,
                EnvironmentSettings.newInstance().withConfiguration(settings).build());
        try {
            script.definitions().forEach(tables::executeSql);
            StreamStatementSet inserts = tables.createStatementSet();
            script.inserts().forEach(inserts::addInsertSql);
            return new SqlStatements(environment, tables, inserts);
        } catch (RuntimeException e) {
            throw SqlException.of(e);
        }
    }

    StreamExecutionEnvironment environment() {
        return environment;
    }

    StreamTableEnvironment tables() {
        return tables;
    }

    StreamStatementSet inserts() {
        return inserts;
    }

    /** The plan, with a uid for each operator that has state. */
    CompiledPlan compiled() {
        try {
            return inserts.compilePlan();
        } catch (RuntimeException e) {
            throw SqlException.of(e);
        }
    }

    /** The operators without a plan: Flink derives their ids from the graph. Afterwards nothing is left to insert. */
    StreamGraph graph() {
        inserts.attachAsDataStream();
        return environment.getStreamGraph();
    }
}
