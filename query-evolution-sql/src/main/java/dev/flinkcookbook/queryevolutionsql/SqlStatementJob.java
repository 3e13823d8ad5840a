package dev.flinkcookbook.queryevolutionsql;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.FlinkDefaults;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;
import org.apache.flink.table.api.PlanReference;
import org.apache.flink.table.api.TableResult;

/** Runs a script of SQL statements as one job, on whatever cluster main runs; with {@code --plan} from a compiled plan. */
public final class SqlStatementJob {

    private SqlStatementJob() {}

    public static void main(String[] args) throws Exception {
        Optional<SqlStatementParameters> given = SqlStatementParameters.from(args);
        if (given.isEmpty()) {
            return; // --help was printed
        }
        SqlStatementParameters parameters = given.get();
        SqlScript script = SqlScript.parse(read("--script", parameters.script()), parameters.variables());
        SqlStatements statements = SqlStatements.of(script);
        FlinkDefaults.applyTo(statements.environment());

        TableResult job;
        if (parameters.plan().isPresent()) {
            String plan = planIn(parameters.plan().get(), statements);
            job = statements
                    .tables()
                    .loadPlan(PlanReference.fromJsonString(plan))
                    .execute();
        } else {
            job = statements.inserts().execute();
        }
        // Sent to a session cluster, main runs there, and must not wait for a job that has no end.
        if (statements.environment().getConfiguration().get(DeploymentOptions.ATTACHED)) {
            job.await();
        }
    }

    /** What is there, as it is: it is what the state belongs to, whatever the script says by now. */
    private static String planIn(Path file, SqlStatements statements) throws IOException {
        if (file.getFileSystem().exists(file)) {
            return read("--plan", file);
        }
        String plan = Plan.parse(statements.compiled().asJsonString()).text();
        try (FSDataOutputStream out = file.getFileSystem().create(file, WriteMode.NO_OVERWRITE)) {
            out.write(plan.getBytes(StandardCharsets.UTF_8));
        }
        return plan;
    }

    private static String read(String flag, Path file) throws IOException {
        try (FSDataInputStream in = file.getFileSystem().open(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (FileNotFoundException e) {
            throw new FlagException(flag, file.toString(), "a file that can be read where main runs");
        }
    }
}
