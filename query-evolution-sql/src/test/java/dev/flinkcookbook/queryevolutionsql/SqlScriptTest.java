package dev.flinkcookbook.queryevolutionsql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlScriptTest {

    private static SqlScript parse(String text) {
        return SqlScript.parse(text, Map.of("topic", "orders", "a.b", "$1"));
    }

    @Test
    void sortsStatementsByWhatTheyDo() {
        SqlScript script = parse("""
                SET 'pipeline.name' = 'a; b';
                CREATE TABLE t (k STRING);
                insert into r select k from t""");

        assertThat(script.settings()).containsExactly(Map.entry("pipeline.name", "a; b"));
        assertThat(script.definitions()).extracting(String::strip).containsExactly("CREATE TABLE t (k STRING)");
        assertThat(script.inserts()).extracting(String::strip).containsExactly("insert into r select k from t");
    }

    @Test
    void leavesEachStatementWhereItStandsInTheScript() {
        SqlScript script = parse("CREATE TABLE t (k STRING);\n  INSERT INTO r SELECT 1;");

        assertThat(script.inserts()).containsExactly(" ".repeat(26) + "\n  INSERT INTO r SELECT 1");
    }

    @Test
    void readsBothSpellingsOfAStatementSet() {
        String inserts = "INSERT INTO r SELECT 1; INSERT INTO s SELECT 2;";

        assertThat(parse("EXECUTE STATEMENT SET BEGIN " + inserts + " END;").inserts())
                .hasSize(2);
        assertThat(parse("begin statement set; " + inserts + " end;").inserts()).hasSize(2);
    }

    @Test
    void takesCommentsAwayAndLeavesHintsAndQuotations() {
        SqlScript script = parse("""
                -- SET 'no' = 'no';
                INSERT INTO r /* not; this */ SELECT 'it''s -- ; /*', `;` FROM t /*+ OPTIONS('a'='b;c') */; -- the end""");

        assertThat(script.settings()).isEmpty();
        assertThat(script.inserts())
                .extracting(insert -> insert.strip().replaceAll(" +", " "))
                .containsExactly("INSERT INTO r SELECT 'it''s -- ; /*', `;` FROM t /*+ OPTIONS('a'='b;c') */");
    }

    @Test
    void whatOnlyLooksLikeATableMadeOfAQueryIsADefinition() {
        String computed = "CREATE TABLE t (k STRING COMMENT 'the same AS SELECT k', n AS CHAR_LENGTH(k))";
        String view = "CREATE VIEW v AS SELECT * FROM t";

        assertThat(parse(computed + ";" + view + ";INSERT INTO r SELECT k FROM v")
                        .definitions())
                .extracting(String::strip)
                .containsExactly(computed, view);
    }

    @Test
    void putsValuesInThePlacesOfVariables() {
        assertThat(parse("INSERT INTO ${topic} SELECT '${a.b}'").inserts())
                .containsExactly("INSERT INTO orders SELECT '$1'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            INSERT INTO r SELECT 'a       | line 1, column 22: what begins here has no end, expected '
            INSERT INTO `r SELECT 1       | line 1, column 13: what begins here has no end, expected `
            INSERT /* INTO r SELECT 1     | line 1, column 8: what begins here has no end, expected */
            INSERT INTO ${r} SELECT 1     | line 1, column 13: ${r} has no value, expected --variable r=VALUE
            SELECT * FROM t               | line 1, column 1: got SELECT, expected SET 'key' = 'value', CREATE, USE, ALTER, DROP, LOAD or INSERT
            USE a; EXECUTE PLAN 'f'       | line 1, column 8: got EXECUTE, expected SET 'key' = 'value', CREATE, USE, ALTER, DROP, LOAD or INSERT
            SET key = value               | line 1, column 1: got SET, expected SET 'key' = 'value', CREATE, USE, ALTER, DROP, LOAD or INSERT
            USE a; CREATE TABLE t AS SELECT 1 | line 1, column 8: CREATE TABLE … AS would start a job of its own, expected CREATE TABLE, then INSERT INTO
            CREATE TABLE t (k STRING)     | the script has no INSERT: there is nothing to run
            -- nothing                    | the script has no INSERT: there is nothing to run
            """)
    void saysInOneLineWhatItCannotRead(String script, String line) {
        assertThatThrownBy(() -> parse(script)).isInstanceOf(SqlException.class).hasMessage(line);
    }

    /** What Flink finds wrong, in a script of several lines. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            INSERT INTO r SELECT k FORM t                 | line 3, column 29: Encountered "t"
            INSERT INTO r SELECT missing FROM t           | line 3, column 22: Column 'missing' not found in any table
            INSERT INTO r SELECT k FROM missing           | line 3, column 29: Object 'missing' not found
            """)
    void saysWhereFlinkFindsAMistake(String insert, String line) {
        String tables = "CREATE TABLE t (k STRING) WITH ('connector' = 'fed', 'name' = 't');\n"
                + "CREATE TABLE r (k STRING) WITH ('connector' = 'collected');\n";

        assertThatThrownBy(() -> SqlStatements.of(parse(tables + insert)))
                .isInstanceOf(SqlException.class)
                .hasMessage(line);
    }
}
