package dev.flinkcookbook.queryevolutionsql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.queryevolutionsql.PlanDiff.Finding;
import dev.flinkcookbook.queryevolutionsql.PlanDiff.Restore;
import dev.flinkcookbook.queryevolutionsql.StatementUpgrade.Outcome;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What becomes of a statement that starts from another one's savepoint, and whether {@code plan-diff} has said so. Right is what the
 * second statement writes that has itself seen everything from the beginning, and resumes from its own savepoint.
 */
class SqlCompatibilityMatrixIT {

    private static final String RESTORES = "restores";
    private static final String HEADER = """
            | What has changed | By `INSERT` | By `EXECUTE PLAN` |
            |---|---|---|
            """;

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension();

    private static final Map<String, List<String>> BEFORE = Map.of(
            "t",
            List.of(
                    "a,x,5,2026-01-01T10:00:05",
                    "a,y,7,2026-01-01T10:00:10",
                    "b,x,1,2026-01-01T10:00:15",
                    "b,y,4,2026-01-01T10:00:20",
                    "a,x,7,2026-01-01T10:00:25",
                    "a,y,3,2026-01-01T10:00:26"),
            "u",
            List.of("a,Ann,2026-01-01T10:00:00", "b,Bob,2026-01-01T10:00:00"));

    private static final Map<String, List<String>> AFTER = Map.of(
            "t",
            List.of(
                    "a,x,2,2026-01-01T10:00:30",
                    "b,y,9,2026-01-01T10:00:40",
                    "c,x,4,2026-01-01T10:01:10",
                    "a,y,12,2026-01-01T10:01:20"),
            "u",
            List.of("c,Cem,2026-01-01T10:01:00", "a,Anna,2026-01-01T10:01:00"));

    @Test
    void planDiffSaysWhatHappens(@TempDir Path folder) throws Exception {
        StatementUpgrade upgrade = new StatementUpgrade(FLINK, folder);
        List<String> wrong = new ArrayList<>();
        StringBuilder table = new StringBuilder(HEADER);
        for (StatementChange change : StatementChange.all()) {
            SqlScript before = SqlScript.parse(change.before(), Map.of());
            SqlScript after = SqlScript.parse(change.after(), Map.of());
            String own = upgrade.savepoint(after, Restore.PLAIN, BEFORE);
            Outcome right = upgrade.resume(after, Restore.PLAIN, own, AFTER);
            assertThat(right.failure()).as(change.what()).isNull();
            table.append("| ").append(change.what());
            for (Restore how : Restore.values()) {
                String savepoint = upgrade.savepoint(before, how, BEFORE);
                Outcome is = upgrade.resume(after, how, savepoint, AFTER);
                String what = what(is, right);
                List<Finding> findings = PlanDiff.between(before, after, how).findings();
                if (what.equals(RESTORES) != findings.isEmpty()) {
                    wrong.add(change.what() + ", " + how + ": " + what + ", but plan-diff says " + findings);
                }
                table.append(" | ").append(what);
            }
            table.append(" |\n");
        }

        assertThat(wrong).isEmpty();
        GeneratedTable.assertThatPageHas(table.toString(), "sql-compatibility-matrix.md", "sql-matrix");
    }

    private static String what(Outcome is, Outcome right) {
        if (is.failure() != null) {
            return "fails: `" + is.failure() + "`";
        }
        return is.changes().equals(right.changes())
                ? RESTORES
                : "**silently corrupts**: " + difference(is.changes(), right.changes());
    }

    private static String difference(List<String> is, List<String> should) {
        List<String> wrong = new ArrayList<>(is);
        should.forEach(wrong::remove);
        List<String> missing = new ArrayList<>(should);
        is.forEach(missing::remove);
        return (wrong.isEmpty() ? "" : "`" + wrong.get(0) + "`")
                + (missing.isEmpty() ? "" : " instead of `" + missing.get(0) + "`");
    }
}
