package dev.flinkcookbook.changedatacapture;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Puts orders and their lines together, keyed by the order. Rows wait until event time has reached the end of their transaction: then
 * all rows of all transactions up to it are here, and the order is changed by one transaction after the other.
 */
final class AssembleOrders extends KeyedProcessFunction<String, Part, OrderVersion> {

    /** Ids are numbers as a rule, and 9 comes before 10. */
    private static final Comparator<String> BY_LENGTH =
            Comparator.<String>comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    private transient ListState<Part> waiting;
    private transient ValueState<Part> order;
    private transient MapState<String, byte[]> lines;

    @Override
    public void open(OpenContext context) {
        waiting =
                getRuntimeContext().getListState(new ListStateDescriptor<>("waiting", TypeInformation.of(Part.class)));
        order = getRuntimeContext().getState(new ValueStateDescriptor<>("order", TypeInformation.of(Part.class)));
        lines = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>(
                        "lines", Types.STRING, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    }

    @Override
    public void processElement(Part part, Context context, Collector<OrderVersion> out) throws Exception {
        waiting.add(part);
        context.timerService().registerEventTimeTimer(part.lsn());
    }

    @Override
    public void onTimer(long lsn, OnTimerContext context, Collector<OrderVersion> out) throws Exception {
        Part before = order.value();
        Part newest = null;
        boolean whole = true;
        List<Part> later = new ArrayList<>();
        for (Part part : waiting.get()) {
            if (part.lsn() > lsn) {
                later.add(part);
            } else {
                take(part);
                newest = newest == null || part.lsn() >= newest.lsn() ? part : newest;
                whole &= part.whole();
            }
        }
        waiting.update(later);
        if (newest != null) {
            publish(before, newest, whole, out);
        }
    }

    private void take(Part part) throws Exception {
        if (part.table() == Table.ORDERS) {
            if (part.row() == null) {
                order.clear();
            } else {
                order.update(part);
            }
        } else if (part.row() == null) {
            lines.remove(part.key());
        } else {
            lines.put(part.key(), part.row());
        }
    }

    /** Lines without an order are kept and not shown: its row is still to come, or the database has no foreign key. */
    private void publish(Part before, Part newest, boolean whole, Collector<OrderVersion> out) throws Exception {
        Part now = order.value();
        boolean gone = before != null && (now == null || !customer(now).equals(customer(before)));
        if (gone) {
            out.collect(version(before, null, List.of(), now == null, newest, whole));
        }
        if (now != null) {
            Map<String, byte[]> sorted = new TreeMap<>(BY_LENGTH);
            for (Map.Entry<String, byte[]> line : lines.entries()) {
                sorted.put(line.getKey(), line.getValue());
            }
            out.collect(version(now, now.row(), List.copyOf(sorted.values()), false, newest, whole));
        }
    }

    private static OrderVersion version(
            Part order, byte[] row, List<byte[]> lines, boolean deleted, Part newest, boolean whole) {
        return new OrderVersion(
                customer(order),
                order.owner(),
                order.key(),
                row,
                lines,
                deleted,
                newest.lsn(),
                newest.transaction(),
                whole);
    }

    private static String customer(Part order) {
        return String.valueOf(order.refers());
    }
}
