package dev.flinkcookbook.queryevolutionsql;

import java.util.List;
import org.apache.avro.Schema;

/**
 * A change of the schema by which a producer writes. In all of its strings a single quote stands for a double one.
 *
 * @param what in words
 * @param table of the statement that runs
 * @param before how the producer wrote when the statement began
 * @param after how it writes then
 * @param advice in words; empty if there is nothing to do, or the other table says it all
 * @param other a table by which a new statement reads it all; null if there is none, or none is needed
 * @param otherShows what that one makes of a record of before, and of one of after
 */
record SchemaChange(
        String what, Table table, Version before, Version after, String advice, Table other, List<String> otherShows) {

    /**
     * A table in an Avro topic.
     *
     * @param columns besides the id
     * @param fields of {@code avro-confluent.schema} besides the id; null where the table has no such option
     * @param moreOptions each behind a comma
     */
    record Table(String columns, String fields, String moreOptions) {

        Table with(String option, String value) {
            return new Table(columns, fields, moreOptions + ", '" + option + "' = '" + value + "'");
        }

        /** For a script: the columns, and the options besides the registry's address. */
        String allColumns() {
            return "id STRING NOT NULL, " + columns;
        }

        String shownFields() {
            return quoted(fields);
        }

        String options() {
            return moreOptions
                    + (fields == null ? "" : ", 'avro-confluent.schema' = '" + schemaOf("Payment", fields) + "'");
        }
    }

    /**
     * A version of the schema, and a record of it.
     *
     * @param name of Avro's record
     * @param fields besides the id
     * @param written the record besides the id, in Avro's own JSON
     * @param meant what the producer has meant by that, as the statement should say it
     */
    record Version(String name, String fields, String written, String meant) {

        Version named(String other) {
            return new Version(other, fields, written, meant);
        }

        Schema schema() {
            return schemaOf(name, fields);
        }

        String record(String id) {
            return SchemaChange.row(id, written);
        }

        String shown(String id) {
            return SchemaChange.row(id, meant);
        }
    }

    static SchemaChange change(String what, Table table, Version before, Version after) {
        return new SchemaChange(what, table, before, after, "", null, List.of());
    }

    /** A table whose Avro schema Flink makes of its columns. */
    static Table table(String columns) {
        return new Table(columns, null, "");
    }

    /** A table with a schema of its own. */
    static Table table(String columns, String fields) {
        return new Table(columns, fields, "");
    }

    static Version version(String fields, String written, String meant) {
        return new Version("Payment", fields, written, meant);
    }

    /** A new statement with this table reads all records as they were meant. */
    SchemaChange instead(Table table) {
        return instead(table, before.meant, after.meant);
    }

    /** A new statement with this table shows the two records so. */
    SchemaChange instead(Table table, String showsOfBefore, String showsOfAfter) {
        return new SchemaChange(what, this.table, before, after, advice, table, List.of(showsOfBefore, showsOfAfter));
    }

    SchemaChange advice(String words) {
        return new SchemaChange(what, table, before, after, words, other, otherShows);
    }

    /** What the statement must show of three records: before, after, and before again. */
    List<String> meant() {
        return List.of(before.shown("p-1"), after.shown("p-2"), before.shown("p-3"));
    }

    /** What the other table must show of the same. */
    List<String> otherMeant() {
        return List.of(row("p-1", otherShows.get(0)), row("p-2", otherShows.get(1)), row("p-3", otherShows.get(0)));
    }

    private static String row(String id, String rest) {
        return quoted("{'id':'" + id + "'," + rest + "}");
    }

    private static Schema schemaOf(String name, String fields) {
        return new Schema.Parser()
                .parse(quoted("{'type':'record','name':'" + name
                        + "','namespace':'shop','fields':[{'name':'id','type':'string'}," + fields + "]}"));
    }

    private static String quoted(String text) {
        return text.replace('\'', '"');
    }
}
