package dev.flinkcookbook.queryevolutionsql;

import java.util.List;

/**
 * A change of a statement.
 *
 * @param what in words
 * @param before the script that runs
 * @param after the script that is to go on from its savepoint
 */
record StatementChange(String what, String before, String after) {

    private static final String T =
            "CREATE TABLE t (k STRING, w STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'fed', 'name' = 't');\n";

    private static final String U =
            "CREATE TABLE u (k STRING, name STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'fed', 'name' = 'u');\n";

    private static StatementChange query(String what, String columns, String before, String after) {
        return query(what, columns, before, columns, after);
    }

    private static StatementChange query(
            String what, String columnsBefore, String before, String columnsAfter, String after) {
        return new StatementChange(what, script(columnsBefore, before), script(columnsAfter, after));
    }

    private static String script(String columns, String query) {
        return T + U + out("r", columns) + "INSERT INTO r " + query + ";\n";
    }

    private static String out(String table, String columns) {
        return "CREATE TABLE " + table + " (" + columns + ") WITH ('connector' = 'collected');\n";
    }

    private StatementChange with(String setting) {
        return new StatementChange(what, before, setting + after);
    }

    static List<StatementChange> all() {
        String sum = "SELECT k, SUM(v) FROM t GROUP BY k";
        return List.of(
                query("Nothing", "k STRING, n INT", sum, sum),
                query(
                        "The name of a column of the result",
                        "k STRING, n INT",
                        sum,
                        "k STRING, total INT",
                        "SELECT k, SUM(v) AS total FROM t GROUP BY k"),
                query("SUM becomes MAX", "k STRING, n INT", sum, "SELECT k, MAX(v) FROM t GROUP BY k"),
                query(
                        "Grouped by another column of the same type",
                        "k STRING, n INT",
                        sum,
                        "SELECT w, SUM(v) FROM t GROUP BY w"),
                query(
                        "Grouped by two columns, in another order",
                        "k STRING, w STRING, n INT",
                        "SELECT k, w, SUM(v) FROM t GROUP BY k, w",
                        "SELECT k, w, SUM(v) FROM t GROUP BY w, k"),
                query(
                        "A column of another type is summed up",
                        "k STRING, n BIGINT",
                        "SELECT k, CAST(SUM(v) AS BIGINT) FROM t GROUP BY k",
                        "SELECT k, SUM(CAST(v AS BIGINT)) FROM t GROUP BY k"),
                query(
                        "A WHERE is added before an aggregate",
                        "k STRING, n INT",
                        sum,
                        "SELECT k, SUM(v) FROM t WHERE v > 3 GROUP BY k"),
                query(
                        "The constant of a WHERE before an aggregate",
                        "k STRING, n INT",
                        "SELECT k, SUM(v) FROM t WHERE v > 3 GROUP BY k",
                        "SELECT k, SUM(v) FROM t WHERE v > 4 GROUP BY k"),
                query(
                        "What is summed up",
                        "k STRING, n INT",
                        "SELECT k, SUM(v * 2) FROM t GROUP BY k",
                        "SELECT k, SUM(v * 3) FROM t GROUP BY k"),
                query(
                        "What a column is cast to before it is summed up",
                        "k STRING, n INT",
                        "SELECT k, SUM(CHAR_LENGTH(CAST(v * 100 AS VARCHAR(1)))) FROM t GROUP BY k",
                        "SELECT k, SUM(CHAR_LENGTH(CAST(v * 100 AS VARCHAR(2)))) FROM t GROUP BY k"),
                query(
                        "A second aggregate",
                        "k STRING, n INT",
                        sum,
                        "k STRING, n INT, c BIGINT",
                        "SELECT k, SUM(v), COUNT(*) FROM t GROUP BY k"),
                query(
                        "An aggregate less",
                        "k STRING, n INT, c BIGINT",
                        "SELECT k, SUM(v), COUNT(*) FROM t GROUP BY k",
                        "k STRING, n INT",
                        sum),
                query(
                        "COUNT becomes COUNT DISTINCT",
                        "k STRING, n BIGINT",
                        "SELECT k, COUNT(v) FROM t GROUP BY k",
                        "SELECT k, COUNT(DISTINCT v) FROM t GROUP BY k"),
                query(
                        "What is computed of an aggregate",
                        "k STRING, n INT",
                        "SELECT k, SUM(v) * 2 FROM t GROUP BY k",
                        "SELECT k, SUM(v) * 3 FROM t GROUP BY k"),
                query(
                        "Something is computed of an aggregate for the first time",
                        "k STRING, n INT",
                        sum,
                        "SELECT k, SUM(v) * 3 FROM t GROUP BY k"),
                query(
                        "A HAVING is added",
                        "k STRING, n INT",
                        sum,
                        "SELECT k, SUM(v) FROM t GROUP BY k HAVING SUM(v) > 3"),
                query(
                        "The constant of a HAVING",
                        "k STRING, n INT",
                        "SELECT k, SUM(v) FROM t GROUP BY k HAVING SUM(v) > 3",
                        "SELECT k, SUM(v) FROM t GROUP BY k HAVING SUM(v) > 4"),
                query(
                        "A stateless query: another projection",
                        "k STRING, n INT",
                        "SELECT k, v + 1 FROM t",
                        "k STRING, n INT, w STRING",
                        "SELECT k, v + 2, w FROM t"),
                query(
                        "A stateless query: another WHERE",
                        "k STRING, n INT",
                        "SELECT k, v FROM t WHERE v > 3",
                        "SELECT k, v FROM t WHERE v > 4"),
                query(
                        "A stateless query: its first WHERE",
                        "k STRING, w STRING, n INT, ts TIMESTAMP(3)",
                        "SELECT * FROM t",
                        "SELECT * FROM t WHERE v > 4"),
                query("A window of another length", "k STRING, e TIMESTAMP(3), n INT", window("1"), window("2")),
                query(
                        "An inner join becomes a left join",
                        "k STRING, name STRING, n INT",
                        "SELECT t.k, name, v FROM t JOIN u ON t.k = u.k",
                        "SELECT t.k, name, v FROM t LEFT JOIN u ON t.k = u.k"),
                query(
                        "A join: another condition besides the key",
                        "k STRING, name STRING, n INT",
                        "SELECT t.k, name, v FROM t JOIN u ON t.k = u.k AND v > CHAR_LENGTH(name)",
                        "SELECT t.k, name, v FROM t JOIN u ON t.k = u.k AND v < CHAR_LENGTH(name)"),
                query(
                        "A join: on another column",
                        "k STRING, name STRING, n INT",
                        "SELECT t.k, name, v FROM t JOIN u ON t.k = u.k",
                        "SELECT t.k, name, v FROM t JOIN u ON t.w = u.k"),
                query(
                        "Deduplication: keep the last instead of the first",
                        "k STRING, n INT",
                        first("ASC"),
                        first("DESC")),
                query("The top 2 instead of the top 1", "k STRING, n INT", top("1"), top("2")),
                query("OVER: more rows before", "k STRING, n INT", over("1"), over("3")),
                query(
                        "UNION ALL: another table is counted too",
                        "k STRING, n BIGINT",
                        "SELECT k, COUNT(*) FROM t GROUP BY k",
                        "SELECT k, COUNT(*) FROM (SELECT k FROM t UNION ALL SELECT k FROM u) GROUP BY k"),
                new StatementChange(
                        "A statement set: a second INSERT, behind the first",
                        T + U + out("r", "k STRING, n INT") + out("s", "k STRING") + "INSERT INTO r " + sum + ";",
                        T + U + out("r", "k STRING, n INT") + out("s", "k STRING") + "INSERT INTO r " + sum
                                + ";\nINSERT INTO s SELECT k FROM u;"),
                new StatementChange(
                        "A statement set: an INSERT less",
                        T + U + out("r", "k STRING, n INT") + out("s", "k STRING") + "INSERT INTO r " + sum
                                + ";\nINSERT INTO s SELECT k FROM u;",
                        T + U + out("r", "k STRING, n INT") + out("s", "k STRING") + "INSERT INTO r " + sum + ";"),
                new StatementChange(
                        "The table has a column more, which nobody reads",
                        script("k STRING, n INT", sum),
                        script("k STRING, n INT", sum)
                                .replace("v INT, ts TIMESTAMP(3)", "v INT, ts TIMESTAMP(3), more STRING")),
                new StatementChange(
                        "The table has another name",
                        script("k STRING, n INT", sum),
                        script("k STRING, n INT", sum)
                                .replace("TABLE t ", "TABLE payments ")
                                .replace("FROM t ", "FROM payments ")),
                query("A time to live is set", "k STRING, n INT", sum, sum)
                        .with("SET 'table.exec.state.ttl' = '1 d';\n"),
                query("Mini-batches are switched on", "k STRING, n INT", sum, sum)
                        .with(
                                "SET 'table.exec.mini-batch.enabled' = 'true';\nSET 'table.exec.mini-batch.allow-latency' = '1 s';\nSET 'table.exec.mini-batch.size' = '1';\n"),
                query("Another maximum parallelism", "k STRING, n INT", sum, sum)
                        .with("SET 'pipeline.max-parallelism' = '256';\n"));
    }

    private static String window(String minutes) {
        return "SELECT k, window_end, SUM(v) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '" + minutes
                + "' MINUTES)) GROUP BY k, window_start, window_end";
    }

    private static String first(String order) {
        return "SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts " + order
                + ") AS place FROM t) WHERE place = 1";
    }

    private static String top(String places) {
        return "SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS place FROM t) WHERE place <= "
                + places;
    }

    private static String over(String rows) {
        return "SELECT k, SUM(v) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN " + rows
                + " PRECEDING AND CURRENT ROW) FROM t";
    }
}
