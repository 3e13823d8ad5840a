package dev.flinkcookbook.latedata;

import java.time.Instant;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;

/**
 * A variant in SQL: {@code CURRENT_WATERMARK} says which rows the window would drop, so that they can go elsewhere. The source,
 * with its dead letters and its guard against clocks, stays as it is.
 *
 * <p>What it cannot do: refine, and judge after a restart. {@code CURRENT_WATERMARK} is NULL until the first watermark comes,
 * while the window has kept its own: what is late meanwhile passes the filter, and the window drops it. And the planner's operators
 * have no uids that would outlive a start (they come from a counter of the JVM), so {@code pipeline.auto-generate-uids} must be on:
 * state is found by the shape of the plan, and not any more when the query has changed.
 */
final class LateDataInSql {

    /** A row is late when the watermark has reached the last moment of its minute. */
    private static final String JUDGED = """
            CREATE TEMPORARY VIEW judged AS
            SELECT *,
                   CURRENT_WATERMARK(measured_at) AS judged_by,
                   FLOOR(measured_at TO MINUTE) + INTERVAL '59.999' SECOND AS last_moment
            FROM readings""";

    private static final String ON_TIME = """
            CREATE TEMPORARY VIEW on_time AS
            SELECT * FROM judged WHERE judged_by IS NULL OR judged_by < last_moment""";

    private static final String LATE = """
            SELECT sensor, measured_at, celsius, original, kafka_partition, kafka_offset, judged_by
            FROM judged WHERE judged_by >= last_moment""";

    private static final String SUMS = """
            SELECT sensor, window_start, window_end,
                   COUNT(*) AS readings, MIN(celsius) AS coldest, MAX(celsius) AS hottest, SUM(celsius) AS total
            FROM TABLE(TUMBLE(TABLE %s, DESCRIPTOR(measured_at), INTERVAL '1' MINUTE))
            GROUP BY sensor, window_start, window_end""";

    private static final TypeInformation<Row> READING = Types.ROW_NAMED(
            new String[] {"sensor", "measured_at", "celsius", "original", "kafka_partition", "kafka_offset"},
            Types.STRING,
            Types.INSTANT,
            Types.BIG_DEC,
            Types.PRIMITIVE_ARRAY(Types.BYTE),
            Types.INT,
            Types.LONG);

    private static final Schema SCHEMA = Schema.newBuilder()
            .column("sensor", "STRING")
            .column("measured_at", "TIMESTAMP_LTZ(3)")
            .column("celsius", "DECIMAL(18, 9)")
            .column("original", "BYTES")
            .column("kafka_partition", "INT")
            .column("kafka_offset", "BIGINT")
            .watermark("measured_at", "SOURCE_WATERMARK()")
            .build();

    /**
     * @param sums of each sensor and minute, once
     * @param late rows that came when the sum of their minute had been made
     */
    record Outputs(DataStream<Row> sums, DataStream<Row> late) {}

    private LateDataInSql() {}

    /** @param readable arrivals with a reading, their times and watermarks */
    static Outputs build(StreamTableEnvironment tables, DataStream<Arrival> readable) {
        tables.createTemporaryView("readings", tables.fromDataStream(rows(readable), SCHEMA));
        tables.executeSql(JUDGED);
        tables.executeSql(ON_TIME);
        return new Outputs(
                tables.toDataStream(tables.sqlQuery(SUMS.formatted("on_time"))),
                tables.toDataStream(tables.sqlQuery(LATE)));
    }

    /** As SQL comes: the window drops what is late. */
    static DataStream<Row> sumsOfAll(StreamTableEnvironment tables, DataStream<Arrival> readable) {
        tables.createTemporaryView("readings", tables.fromDataStream(rows(readable), SCHEMA));
        return tables.toDataStream(tables.sqlQuery(SUMS.formatted("readings")));
    }

    private static DataStream<Row> rows(DataStream<Arrival> readable) {
        return readable.map(arrival -> Row.of(
                        arrival.sensor(),
                        Instant.ofEpochMilli(arrival.at()),
                        arrival.celsius(),
                        arrival.record().value(),
                        arrival.record().partition(),
                        arrival.record().offset()))
                .returns(READING)
                .name("as rows")
                .uid("as-rows");
    }
}
