package dev.flinkcookbook.queryevolutionsql;

import dev.flinkcookbook.queryevolutionsql.PlanDiff.Restore;
import dev.flinkcookbook.queryevolutionsql.PlanDiff.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code ./cookbook plan-diff v1.sql v2.sql}: whether the second script may start from a savepoint of the first. Neither is executed,
 * and no cluster and no Kafka is asked.
 */
@Command(
        name = "cookbook plan-diff",
        usageHelpWidth = 100,
        sortOptions = false,
        description =
                "Says what would become of a statement's state if another one started from its savepoint: a line for each"
                        + " operator whose state would be lost or read as something else.")
public final class PlanDiffCommand implements Callable<Integer> {

    static final int SAFE = 0;
    static final int REFUSED = 1;
    static final int WRONG_CALL = 2;

    private static final String CARRY_OFFSETS =
            "the statement keeps nothing but offsets: stop it, and start the new one from the offsets that it has read up to";
    private static final String NEW_TABLE =
            "write a new table from the beginning, move the consumers when it has caught up, then stop the old statement; or"
                    + " write the same table again, if it has a primary key";

    @Parameters(index = "0", paramLabel = "BEFORE.sql", description = "What runs: tables, then what it inserts.")
    private Path before;

    @Parameters(index = "1", paramLabel = "AFTER.sql", description = "What is to go on from its savepoint.")
    private Path after;

    @Option(
            names = "--restore",
            paramLabel = "plain|plan",
            defaultValue = "plain",
            description =
                    "How the first was deployed: by its INSERT, or by its compiled plan (default: ${DEFAULT-VALUE}).")
    private Restore restore;

    @Option(
            names = "--variable",
            paramLabel = "NAME=VALUE",
            description = "The value of $${NAME} in both scripts, by default its name; may be given several times.")
    private Map<String, String> variables = new LinkedHashMap<>();

    @Option(names = "--help", usageHelp = true, description = "Shows this and ends.")
    private boolean help;

    @Spec
    private CommandSpec spec;

    /** Runs the command and ends this JVM: 0 safe, 1 refused, 2 a script that cannot be read or a wrong flag. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new PlanDiffCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((e, args) -> {
                    e.getCommandLine()
                            .getErr()
                            .println("cookbook plan-diff: " + e.getMessage() + " (--help lists all)");
                    return WRONG_CALL;
                });
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Verdict verdict;
        try {
            verdict = PlanDiff.between(script(before), script(after), restore);
        } catch (SqlException e) {
            spec.commandLine().getErr().println(e.getMessage());
            return WRONG_CALL;
        }
        verdict.findings().forEach(finding -> out.println("refused: " + finding.operator() + ": " + finding.reason()));
        if (verdict.findings().isEmpty()) {
            out.println(
                    "verdict=SAFE restore=" + restore + ": start the new statement from the savepoint of the old one");
            return SAFE;
        }
        out.println("instead: " + (verdict.stateless() ? CARRY_OFFSETS : NEW_TABLE));
        out.println("verdict=REFUSED restore=" + restore + " reasons="
                + verdict.findings().size());
        return REFUSED;
    }

    private SqlScript script(Path file) {
        try {
            // Nothing runs: a topic that is called like its variable does as well.
            variables.putIfAbsent(SqlStatementParameters.KAFKA_PROPERTIES, "");
            SqlScript script = SqlScript.parse(Files.readString(file), name -> variables.getOrDefault(name, name));
            SqlStatements.of(script).compiled();
            return script;
        } catch (SqlException e) {
            throw new SqlException(file + ": " + e.getMessage());
        } catch (IOException e) {
            throw new SqlException(file + ": cannot be read, expected a script of SQL statements");
        }
    }
}
