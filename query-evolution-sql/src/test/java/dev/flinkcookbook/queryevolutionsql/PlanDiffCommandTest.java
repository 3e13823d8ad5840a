package dev.flinkcookbook.queryevolutionsql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PlanDiffCommandTest {

    private static final String TABLES = "CREATE TABLE t (k STRING, v INT) WITH ('connector' = 'fed', 'name' = 't');\n"
            + "CREATE TABLE r (k STRING, n INT) WITH ('connector' = 'collected');\n";

    private static final String SUM = "INSERT INTO r SELECT k, SUM(v) FROM t GROUP BY k;";

    private final StringWriter out = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @TempDir
    private Path folder;

    private int planDiff(String before, String after, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of(more));
        args.add(Files.writeString(folder.resolve("v1.sql"), TABLES + before).toString());
        args.add(Files.writeString(folder.resolve("v2.sql"), TABLES + after).toString());
        return run(args.toArray(String[]::new));
    }

    private int run(String... args) {
        CommandLine command = PlanDiffCommand.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(errors, true));
        return command.execute(args);
    }

    @Test
    void saysThatNothingIsInTheWay() throws IOException {
        assertThat(planDiff(SUM, SUM, "--restore", "plan")).isZero();

        assertThat(out.toString().lines())
                .containsExactly(
                        "verdict=SAFE restore=plan: start the new statement from the savepoint of the old one");
    }

    @Test
    void namesTheOperatorTheReasonAndTheWay() throws IOException {
        assertThat(planDiff(SUM, SUM.replace("SUM", "MAX"))).isOne();

        assertThat(out.toString().lines())
                .containsExactly(
                        "refused: GroupAggregate(groupBy=[k], select=[k, SUM(v) AS EXPR$1]): its state is read as that of"
                                + " GroupAggregate(groupBy=[k], select=[k, MAX(v) AS EXPR$1])",
                        "instead: write a new table from the beginning, move the consumers when it has caught up, then stop the"
                                + " old statement; or write the same table again, if it has a primary key",
                        "verdict=REFUSED restore=plain reasons=1");
    }

    @Test
    void sendsAStatelessStatementToItsOffsets() throws IOException {
        assertThat(planDiff("INSERT INTO r SELECT * FROM t;", "INSERT INTO r SELECT * FROM t WHERE v > 1;"))
                .isOne();

        assertThat(out.toString().lines())
                .containsExactly(
                        "refused: TableSourceScan(table=[[default_catalog, default_database, t]], fields=[k, v]): no operator takes"
                                + " over its state",
                        "refused: Sink(table=[default_catalog.default_database.r], fields=[k, v]): no operator takes over its"
                                + " state",
                        "instead: the statement keeps nothing but offsets: stop it, and start the new one from the offsets that"
                                + " it has read up to",
                        "verdict=REFUSED restore=plain reasons=2");
    }

    /** Rows in it are found by what they were: a sink that keeps them by another key than they come by. */
    @Test
    void refusesOtherRowsForASinkThatKeepsThem() throws IOException {
        String keyed =
                "CREATE TABLE u (k STRING, n INT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'upsert-kafka',"
                        + " 'topic' = 'u', 'properties.bootstrap.servers' = 'localhost:1', 'key.format' = 'json',"
                        + " 'value.format' = 'json');\nINSERT INTO u SELECT k, SUM(v) * 2 FROM t GROUP BY k ON CONFLICT DO DEDUPLICATE;";
        assertThat(planDiff(keyed, keyed)).as(errors::toString).isZero();
        assertThat(planDiff(keyed, keyed.replace("* 2", "* 3"))).isOne();

        assertThat(out.toString())
                .contains("refused: Sink(")
                .contains("it was Calc(")
                .contains("instead: write a new table");
    }

    /** Refused even where nothing has changed. */
    @Test
    void refusesWhatItCannotJudge() throws IOException {
        String session = "INSERT INTO r SELECT k, SUM(v) FROM (SELECT *, PROCTIME() AS p FROM t)"
                + " GROUP BY k, SESSION(p, INTERVAL '1' MINUTE);";
        assertThat(planDiff(session, session)).isOne();

        assertThat(out.toString()).contains("nothing is known of the state of a group-window-aggregate");
    }

    @Test
    void needsNoVariables() throws IOException {
        assertThat(run("sql/account-totals-v1.sql", "sql/account-totals-v2.sql"))
                .isOne();

        assertThat(errors.toString()).isEmpty();
        assertThat(out.toString().lines())
                .first()
                .isEqualTo(
                        "refused: GroupAggregate(groupBy=[account], select=[account, COUNT(*) AS EXPR$1, SUM(amount) AS EXPR$2]):"
                                + " its state is of another input: it was Calc(select=[account, amount]) and is"
                                + " Calc(select=[account, amount], where=[(amount >= 10)])");
    }

    @Test
    void saysWhereAScriptIsWrong() throws IOException {
        assertThat(planDiff(SUM, "INSERT INTO r SELECT k, SUM(w) FROM t GROUP BY k;"))
                .isEqualTo(2);

        assertThat(errors.toString().lines())
                .containsExactly(folder.resolve("v2.sql") + ": line 3, column 29: Column 'w' not found in any table");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void answersAWrongCallInOneLine() {
        assertThat(run("a.sql")).isEqualTo(2);
        assertThat(run("a.sql", "b.sql", "--restore", "magic")).isEqualTo(2);
        assertThat(run("a.sql", "b.sql")).isEqualTo(2);

        assertThat(errors.toString().lines())
                .containsExactly(
                        "cookbook plan-diff: Missing required parameter: 'AFTER.sql' (--help lists all)",
                        "cookbook plan-diff: Invalid value for option '--restore': expected one of [PLAIN, PLAN] (case-insensitive)"
                                + " but was 'magic' (--help lists all)",
                        "a.sql: cannot be read, expected a script of SQL statements");
    }
}
