package dev.flinkcookbook.rules;

import dev.flinkcookbook.changedatacapture.ChangeDataCaptureJob;
import dev.flinkcookbook.changedatacapture.ReadModelJob;
import dev.flinkcookbook.deduplication.DeduplicationJob;
import dev.flinkcookbook.exactlyonce.ExactlyOnceJob;
import dev.flinkcookbook.exactlyonce.LedgerToPostgresJob;
import dev.flinkcookbook.failingwell.PaymentScreeningJob;
import dev.flinkcookbook.latedata.CorrectionJob;
import dev.flinkcookbook.latedata.LateDataJob;
import dev.flinkcookbook.measuringlatency.MeasuringLatencyJob;
import dev.flinkcookbook.queryevolution.v1.TransactionEnricherJob;
import dev.flinkcookbook.queryevolution.v3.AccountActivityJob;
import dev.flinkcookbook.queryevolutionsql.SqlStatementJob;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A job of a recipe with the flags that it needs, and input from which something comes out in each of its output topics, if it is
 * written again and again.
 */
record SecuredJob(String name, Main main, List<String> flags, List<ProducerRecord<String, String>> input) {

    interface Main {
        void run(String... args) throws Exception;
    }

    /**
     * @param screeningService what failing-well asks: it lets p-1 pass, and fails for all others
     * @param database of which the user {@code postgres} may do everything
     */
    static List<SecuredJob> all(String screeningService, String database) {
        return List.of(
                new SecuredJob("exactly-once", ExactlyOnceJob::main)
                        .with(
                                "transfers",
                                "{'transferId':'t-1','from':'a','to':'b','amount':'10.50','at':'2026-01-01T10:00:00Z'}")
                        .with("transfers", "poison"),
                new SecuredJob("exactly-once LedgerToPostgresJob", LedgerToPostgresJob::main)
                        .flags("--jdbc-url", database, "--create-table")
                        .with("transfers", "poison"),
                new SecuredJob("deduplication", DeduplicationJob::main)
                        .with("payments", "{'paymentId':'p-1'}")
                        .with("payments", "poison"),
                new SecuredJob("late-data", LateDataJob::main)
                        .with("readings", "{'sensor':'s-1','at':'2026-01-01T10:00:05Z','celsius':21.4}")
                        .with("readings", "{'sensor':'s-1','at':'2026-01-01T12:00:00Z','celsius':21.4}")
                        .with("readings", "poison"),
                new SecuredJob("late-data CorrectionJob", CorrectionJob::main)
                        .with("readings.windows", windowResult("10:00", "10:01"))
                        .with(lateReading("10:00", "10:01"))
                        // Later ones, by which event time passes the window of the first.
                        .with("readings.windows", windowResult("11:00", "11:01"))
                        .with(lateReading("11:00", "11:01"))
                        .with("readings.late", "poison"),
                new SecuredJob("change-data-capture", ChangeDataCaptureJob::main)
                        .with("shop.transaction", "{'status':'BEGIN','id':'701:1000','ts_ms':1767261601000}")
                        .with(insertion("customers", 1000, 1, 1, "'name':'Ada'"))
                        .with(insertion("orders", 1010, 2, 10, "'customer_id':1"))
                        .with(insertion("order_lines", 1020, 3, 100, "'order_id':10"))
                        .with(
                                "shop.transaction",
                                "{'status':'END','id':'701:1030','event_count':3,'data_collections':["
                                        + "{'data_collection':'public.customers','event_count':1},"
                                        + "{'data_collection':'public.orders','event_count':1},"
                                        + "{'data_collection':'public.order_lines','event_count':1}],'ts_ms':1767261601000}")
                        .with("shop.public.orders", "poison"),
                new SecuredJob("change-data-capture ReadModelJob", ReadModelJob::main)
                        .flags("--jdbc-url", database, "--create-table")
                        .with("shop.view.customers", "poison"),
                new SecuredJob("failing-well", PaymentScreeningJob::main)
                        .flags("--service", screeningService, "--attempts", "1")
                        .with("payments", "{'paymentId':'p-1'}")
                        .with("payments", "{'paymentId':'p-2'}")
                        .with("payments", "poison"),
                new SecuredJob("measuring-latency", MeasuringLatencyJob::main)
                        .with("events", "{'id':'e-1','sentAt':1767261600000,'payload':'x'}")
                        .with("events", "poison"),
                new SecuredJob("query-evolution AccountActivityJob", AccountActivityJob::main)
                        .with("transactions", "{'id':'t-1','account':'a','amount':500,'at':'2026-01-01T10:00:00Z'}")
                        .with("transactions", "poison"),
                new SecuredJob("query-evolution TransactionEnricherJob", TransactionEnricherJob::main)
                        .with("transactions", "{'id':'t-1','account':'a','amount':500,'at':'2026-01-01T10:00:00Z'}")
                        .with("transactions", "poison"),
                statement());
    }

    /** It has no parameters of Kafka's of its own, and asks Kafka nothing before it starts: all of that is in its script. */
    static SecuredJob statement() {
        return new SecuredJob("query-evolution-sql", SqlStatementJob::main)
                .flags(
                        "--script",
                        Repository.here()
                                .root()
                                .resolve("query-evolution-sql/sql/account-totals-v1.sql")
                                .toString(),
                        "--variable",
                        "input-topic=bookings",
                        "--variable",
                        "output-topic=account-totals",
                        "--variable",
                        "group-id=account-totals",
                        "--variable",
                        "transactional-id-prefix=account-totals")
                .with("bookings", "{'id':'p-1','account':'a','amount':5}");
    }

    private SecuredJob(String name, Main main) {
        this(name, main, List.of(), List.of());
    }

    private SecuredJob flags(String... given) {
        return new SecuredJob(name, main, List.of(given), input);
    }

    /** @param value JSON with single quotes */
    private SecuredJob with(String topic, String value) {
        return with(new ProducerRecord<>(topic, value.replace('\'', '"')));
    }

    private SecuredJob with(ProducerRecord<String, String> record) {
        List<ProducerRecord<String, String>> all = new ArrayList<>(input);
        all.add(record);
        return new SecuredJob(name, main, flags, all);
    }

    private static String windowResult(String from, String to) {
        return ("{'sensor':'s-1','from':'2026-01-01T%s:00Z','to':'2026-01-01T%s:00Z','count':1,'min':20,'max':20,"
                        + "'sum':'20','mean':20,'origin':'window','revision':1}")
                .formatted(from, to);
    }

    private static ProducerRecord<String, String> lateReading(String from, String to) {
        String value = "{\"sensor\":\"s-1\",\"at\":\"2026-01-01T%s:05Z\",\"celsius\":21.4}".formatted(from);
        ProducerRecord<String, String> record = new ProducerRecord<>("readings.late", value);
        Map.of(
                        "late.topic", "readings",
                        "late.partition", "0",
                        "late.offset", from.replace(":", ""),
                        "late.timestamp", "1767261605000",
                        "late.window-start", "2026-01-01T" + from + ":00Z",
                        "late.window-end", "2026-01-01T" + to + ":00Z",
                        "late.watermark", "2026-01-01T12:00:00Z",
                        "late.by", "PT1H")
                .forEach((name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        return record;
    }

    /** As Debezium tells it. */
    private static ProducerRecord<String, String> insertion(String table, int lsn, int order, int id, String columns) {
        String value =
                ("{'before':null,'after':{'id':%d,%s},'source':{'version':'3.6.1.Final','connector':'postgresql',"
                                + "'name':'shop','ts_ms':1767261601000,'snapshot':'false','db':'postgres',"
                                + "'sequence':'[\\\"999\\\",\\\"%d\\\"]','schema':'public','table':'%s','txId':701,'lsn':%d,'xmin':null},"
                                + "'transaction':{'id':'701:%d','total_order':%d,'data_collection_order':1},"
                                + "'op':'c','ts_ms':1767261601500}")
                        .formatted(id, columns, lsn, table, lsn, lsn, order);
        return new ProducerRecord<>("shop.public." + table, "{\"id\":" + id + "}", value.replace('\'', '"'));
    }

    @Override
    public String toString() {
        return name;
    }
}
