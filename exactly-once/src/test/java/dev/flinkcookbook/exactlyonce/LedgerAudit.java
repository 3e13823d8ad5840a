package dev.flinkcookbook.exactlyonce;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/** What an auditor asks the table itself, in SQL; all of it must be zero once nothing is in flight. */
final class LedgerAudit {

    /** Of each account: no sequence number is missing, and the balance is the sum of the deltas so far. */
    private static final String ACCOUNTS = """
            SELECT count(*) FILTER (WHERE sequence <> place) AS broken_sequences,
                   count(*) FILTER (WHERE balance <> total) AS broken_balances,
                   coalesce(sum(delta), 0) AS sum
            FROM (SELECT sequence, delta, balance,
                         row_number() OVER so_far AS place,
                         sum(delta) OVER so_far AS total
                  FROM %s
                  WINDOW so_far AS (PARTITION BY account ORDER BY sequence)) AS entries
            """;

    /** Of each transfer: what left one account came to the other. */
    private static final String TRANSFERS = """
            SELECT count(*) AS broken_transfers
            FROM (SELECT FROM %s
                  GROUP BY transfer_id
                  HAVING count(*) <> 2 OR sum(delta) <> 0) AS transfers
            """;

    private LedgerAudit() {}

    /** The findings by name. */
    static Map<String, String> of(Connection connection, String table) throws SQLException {
        Map<String, String> findings = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement()) {
            for (String question : new String[] {ACCOUNTS, TRANSFERS}) {
                try (ResultSet answer = statement.executeQuery(question.formatted(table))) {
                    answer.next();
                    for (int i = 1; i <= answer.getMetaData().getColumnCount(); i++) {
                        findings.put(
                                answer.getMetaData().getColumnName(i),
                                answer.getBigDecimal(i).stripTrailingZeros().toPlainString());
                    }
                }
            }
        }
        return findings;
    }

    /** Tells the oracle of every row, in the order of its account. */
    static void tell(LedgerOracle oracle, Connection connection, String table) throws SQLException {
        String rows = "SELECT transfer_id, account, delta, balance, sequence FROM %s ORDER BY account, sequence";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(rows.formatted(table))) {
            while (row.next()) {
                oracle.entry(
                        row.getString(1), row.getString(2), row.getBigDecimal(3), row.getBigDecimal(4), row.getLong(5));
            }
        }
    }
}
