package dev.flinkcookbook.queryevolutionsql;

import static dev.flinkcookbook.queryevolutionsql.SchemaChange.table;

import dev.flinkcookbook.queryevolutionsql.SchemaChange.Table;
import java.util.List;

/**
 * A change of the table that a statement writes.
 *
 * @param what in words
 * @param before the table of the statement that was there before; null where another producer was
 * @param valuesBefore of a row, besides the id
 * @param after the table of the new statement
 * @param valuesAfter of a row
 */
record SinkChange(String what, Table before, String valuesBefore, Table after, String valuesAfter) {

    private static SinkChange change(
            String what, String columnsBefore, String valuesBefore, String columnsAfter, String valuesAfter) {
        return new SinkChange(what, table(columnsBefore), valuesBefore, table(columnsAfter), valuesAfter);
    }

    static List<SinkChange> all() {
        return List.of(
                change("A column is added", "amount INT", "5", "amount INT, note STRING", "7, 'x'"),
                change("A column is added, `NOT NULL`", "amount INT", "5", "amount INT, fee INT NOT NULL", "7, 1"),
                change("A column is removed", "amount INT, note STRING", "5, 'x'", "amount INT", "7"),
                change(
                        "A column is removed that was `NOT NULL`",
                        "amount INT, fee INT NOT NULL",
                        "5, 1",
                        "amount INT",
                        "7"),
                change("A column is renamed", "amount INT", "5", "total INT", "7"),
                change(
                        "The columns are in another order",
                        "amount INT, fee INT",
                        "5, 1",
                        "fee INT, amount INT",
                        "2, 7"),
                change("`INT` becomes `BIGINT`", "amount INT", "5", "amount BIGINT", "CAST(7 AS BIGINT)"),
                change("`BIGINT` becomes `INT`", "amount BIGINT", "CAST(5 AS BIGINT)", "amount INT", "7"),
                change("A column becomes `NOT NULL`", "amount INT", "5", "amount INT NOT NULL", "7"),
                change(
                        "`TIMESTAMP(3)` becomes `BIGINT`",
                        "paid_at TIMESTAMP(3)",
                        "TIMESTAMP '2026-01-01 10:00:05'",
                        "paid_at BIGINT",
                        "CAST(1767261605 AS BIGINT)"),
                change(
                        "A decimal has another scale",
                        "price DECIMAL(10, 2)",
                        "12.34",
                        "price DECIMAL(10, 4)",
                        "12.3456"),
                new SinkChange(
                        "A column is added, and `'avro-confluent.properties.auto.register.schemas' = 'false'`",
                        table("amount INT"),
                        "5",
                        table("amount INT, note STRING")
                                .with("avro-confluent.properties.auto.register.schemas", "false"),
                        "7, 'x'"),
                new SinkChange(
                        "A producer has registered `shop.Payment` before",
                        null,
                        null,
                        table("amount INT NOT NULL"),
                        "7"),
                new SinkChange(
                        "The same, and the table has that schema in `avro-confluent.schema`",
                        null,
                        null,
                        table("amount INT NOT NULL", "{'name':'amount','type':'int'}"),
                        "7"));
    }
}
