package dev.flinkcookbook.queryevolutionsql;

import static dev.flinkcookbook.queryevolutionsql.SchemaChange.change;
import static dev.flinkcookbook.queryevolutionsql.SchemaChange.table;
import static dev.flinkcookbook.queryevolutionsql.SchemaChange.version;

import dev.flinkcookbook.queryevolutionsql.SchemaChange.Table;
import dev.flinkcookbook.queryevolutionsql.SchemaChange.Version;
import java.util.List;
import java.util.stream.Stream;

/** What producers do to their schemas. */
final class SchemaChanges {

    static final Version INT = version(field("amount", "'int'"), "'amount':5", "'amount':5");
    private static final Version LONG =
            version(field("amount", "'long'"), "'amount':5000000000", "'amount':5000000000");

    private SchemaChanges() {}

    private static String field(String name, String type) {
        return "{'name':'" + name + "','type':" + type + "}";
    }

    private static String field(String name, String type, String defaultValue) {
        return "{'name':'" + name + "','type':" + type + ",'default':" + defaultValue + "}";
    }

    private static String decimal(int precision, int scale) {
        return field(
                "price",
                "{'type':'bytes','logicalType':'decimal','precision':" + precision + ",'scale':" + scale + "}");
    }

    static List<SchemaChange> all() {
        return Stream.of(fields(), names(), types(), nulls(), symbols(), logicalTypes())
                .flatMap(List::stream)
                .toList();
    }

    private static List<SchemaChange> fields() {
        String amount = field("amount", "'int'");
        String fee = field("fee", "'int'");
        String note = field("note", "['null','string']", "null");
        String channel = field("channel", "'string'", "'web'");
        Version withFee = version(amount + "," + fee, "'amount':5,'fee':1", "'amount':5,'fee':1");
        Version withChannel =
                version(amount + "," + channel, "'amount':5,'channel':'app'", "'amount':5,'channel':'app'");
        Table byItsSchema = table("amount INT NOT NULL, channel STRING NOT NULL", amount + "," + channel);
        String payer = "{'type':'record','name':'Payer','fields':[" + field("name", "'string'");
        return List.of(
                change(
                                "A field is added, with a default",
                                table("amount INT"),
                                INT,
                                version(amount + "," + note, "'amount':7,'note':{'string':'x'}", "'amount':7"))
                        .instead(table("amount INT, note STRING"), "'amount':5,'note':null", "'amount':7,'note':'x'"),
                change(
                                "A field is added, without a default",
                                table("amount INT"),
                                INT,
                                version(amount + "," + fee, "'amount':7,'fee':1", "'amount':7"))
                        .instead(table("amount INT, fee INT"), "'amount':5,'fee':null", "'amount':7,'fee':1"),
                change(
                                "A field is added to a nested record, with a default",
                                table("payer ROW<name STRING>"),
                                version(
                                        field("payer", payer + "]}"),
                                        "'payer':{'name':'Ann'}",
                                        "'payer':{'name':'Ann'}"),
                                version(
                                        field(
                                                "payer",
                                                payer + "," + field("country", "['null','string']", "null") + "]}"),
                                        "'payer':{'name':'Bob','country':{'string':'DE'}}",
                                        "'payer':{'name':'Bob'}"))
                        .instead(
                                table("payer ROW<name STRING, country STRING>"),
                                "'payer':{'name':'Ann','country':null}",
                                "'payer':{'name':'Bob','country':'DE'}"),
                change(
                        "The fields are in another order",
                        table("amount INT, fee INT"),
                        withFee,
                        version(fee + "," + amount, "'fee':2,'amount':7", "'amount':7,'fee':2")),
                change(
                        "A field with the default `null` is removed",
                        table("amount INT, note STRING"),
                        version(amount + "," + note, "'amount':5,'note':{'string':'x'}", "'amount':5,'note':'x'"),
                        version(amount, "'amount':7", "'amount':7,'note':null")),
                change(
                                "A field with the default `\"web\"` is removed",
                                table("amount INT, channel STRING"),
                                withChannel,
                                version(amount, "'amount':7", "'amount':7,'channel':'web'"))
                        .advice("`COALESCE` in the query; or")
                        .instead(byItsSchema),
                change(
                                "The same, and the column is `NOT NULL`",
                                table("amount INT, channel STRING NOT NULL"),
                                withChannel,
                                version(amount, "'amount':7", "'amount':7,'channel':'web'"))
                        .instead(byItsSchema),
                change(
                        "A field without a default is removed",
                        table("amount INT, fee INT"),
                        withFee,
                        version(amount, "'amount':7", "'amount':7,'fee':null")),
                change(
                                "The same, and the column is `NOT NULL`",
                                table("amount INT, fee INT NOT NULL"),
                                withFee,
                                version(amount, "'amount':7", "'amount':7,'fee':null"))
                        .instead(table("amount INT, fee INT")));
    }

    private static List<SchemaChange> names() {
        Version total = version(field("total", "'int'"), "'total':7", "'amount':7");
        String renamed = "{'name':'total','aliases':['amount'],'type':'int'}";
        Table byTheAlias = table("total INT NOT NULL", renamed);
        Version alias = version(renamed, "'total':7", "'amount':7");
        return List.of(
                change("A field is renamed", table("amount INT"), INT, total)
                        .instead(byTheAlias, "'total':5", "'total':7"),
                change("The same, with an alias in the new schema", table("amount INT"), INT, alias)
                        .instead(byTheAlias, "'total':5", "'total':7"),
                change("The same, and the column is `NOT NULL`", table("amount INT NOT NULL"), INT, alias)
                        .instead(byTheAlias, "'total':5", "'total':7"),
                change(
                        "The record is renamed",
                        table("amount INT"),
                        INT,
                        version(field("amount", "'int'"), "'amount':7", "'amount':7")
                                .named("Transfer")));
    }

    private static List<SchemaChange> types() {
        Version string = version(field("currency", "'string'"), "'currency':'EUR'", "'currency':'EUR'");
        return List.of(
                change("An int becomes a long", table("amount INT"), INT, LONG).instead(table("amount BIGINT")),
                change("A long becomes an int", table("amount BIGINT"), LONG, INT),
                change(
                                "An int becomes a string",
                                table("amount INT"),
                                INT,
                                version(field("amount", "'string'"), "'amount':'7'", "'amount':7"))
                        .advice("another field"),
                change(
                                "An int becomes an int or a string",
                                table("amount INT"),
                                version(field("amount", "['null','int']"), "'amount':{'int':5}", "'amount':5"),
                                version(
                                        field("amount", "['null','int','string']"),
                                        "'amount':{'string':'7'}",
                                        "'amount':7"))
                        .advice("another field"),
                change(
                        "A string becomes bytes",
                        table("currency STRING"),
                        string,
                        version(field("currency", "'bytes'"), "'currency':'USD'", "'currency':'USD'")),
                change(
                                "The same, and the bytes are no UTF-8",
                                table("currency STRING"),
                                string,
                                version(field("currency", "'bytes'"), "'currency':'\\u00ff'", "'currency':'/w=='"))
                        .instead(table("currency BYTES"), "'currency':'RVVS'", "'currency':'/w=='"));
    }

    private static List<SchemaChange> nulls() {
        Version nullable = version(field("amount", "['null','int']"), "'amount':{'int':5}", "'amount':5");
        Version required = version(field("amount", "'int'"), "'amount':7", "'amount':7");
        Version none = version(field("amount", "['null','int']"), "'amount':null", "'amount':null");
        return List.of(
                change("A nullable field becomes a required one", table("amount INT"), nullable, required),
                change("A required field becomes nullable, and is null", table("amount INT"), INT, none),
                change("The same, and the column is `NOT NULL`", table("amount INT NOT NULL"), INT, none)
                        .instead(table("amount INT")));
    }

    private static List<SchemaChange> symbols() {
        String two = "{'type':'enum','name':'State','symbols':['NEW','PAID']}";
        String three = "{'type':'enum','name':'State','symbols':['NEW','PAID','LOST']}";
        String withDefault = "{'type':'enum','name':'State','symbols':['NEW','PAID'],'default':'NEW'}";
        Version before = version(field("state", two), "'state':'PAID'", "'state':'PAID'");
        Version after = version(field("state", three), "'state':'LOST'", "'state':'LOST'");
        return List.of(
                change(
                                "A string becomes an enum",
                                table("state STRING"),
                                version(field("state", "'string'"), "'state':'PAID'", "'state':'PAID'"),
                                version(field("state", three), "'state':'LOST'", "'state':'LOST'"))
                        .advice("stay with the string: no table reads both"),
                change(
                                "An enum has a symbol more; the table has the old enum",
                                table("state STRING NOT NULL", field("state", two)),
                                before,
                                after)
                        .instead(table("state STRING NOT NULL", field("state", three))),
                change(
                                "The same, and the table's enum has the default `NEW`",
                                table("state STRING NOT NULL", field("state", withDefault)),
                                before,
                                after)
                        .instead(table("state STRING NOT NULL", field("state", three))));
    }

    private static List<SchemaChange> logicalTypes() {
        String millis = field("paid_at", "{'type':'long','logicalType':'timestamp-millis'}");
        String micros = field("paid_at", "{'type':'long','logicalType':'timestamp-micros'}");
        Version before = version(millis, "'paid_at':1767261605000", "'paid_at':'2026-01-01 10:00:05'");
        Version price = version(decimal(10, 2), "'price':'\\u0004\\u00d2'", "'price':12.34");
        return List.of(
                change(
                                "A time in milliseconds becomes one in microseconds",
                                table("paid_at TIMESTAMP(3)"),
                                before,
                                version(micros, "'paid_at':1767261605000000", "'paid_at':'2026-01-01 10:00:05'"))
                        .advice("another field"),
                change(
                        "A time in milliseconds becomes a plain long",
                        table("paid_at TIMESTAMP(3)"),
                        before,
                        version(
                                field("paid_at", "'long'"),
                                "'paid_at':1767261605000",
                                "'paid_at':'2026-01-01 10:00:05'")),
                change(
                                "A decimal has another scale",
                                table("price DECIMAL(10, 2)"),
                                price,
                                version(decimal(10, 4), "'price':'\\u0001\\u00e2\\u0008'", "'price':12.34"))
                        .advice("another field"),
                change(
                                "A decimal has more digits before the point",
                                table("price DECIMAL(10, 2)"),
                                price,
                                version(
                                        decimal(20, 2),
                                        "'price':'\\u0001\\u001f\\u0071\\u00fb\\u0004\\u00cb'",
                                        "'price':12345678901.23"))
                        .instead(table("price DECIMAL(20, 2)")));
    }
}
