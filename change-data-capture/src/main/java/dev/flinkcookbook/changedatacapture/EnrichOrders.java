package dev.flinkcookbook.changedatacapture;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Joins orders with their customer, keyed by the customer. Both wait, as in {@link AssembleOrders}, until event time has reached the end
 * of their transaction; so an order that changes together with its customer is published once, with both changes.
 *
 * <p>A change of a customer publishes all of the customer's orders.
 */
final class EnrichOrders extends KeyedCoProcessFunction<String, OrderVersion, Part, EnrichedOrder> {

    private transient ListState<OrderVersion> waitingOrders;
    private transient ListState<Part> waitingCustomers;
    private transient MapState<String, OrderVersion> orders;
    private transient ValueState<Part> customer;

    @Override
    public void open(OpenContext context) {
        waitingOrders = getRuntimeContext()
                .getListState(new ListStateDescriptor<>("waiting-orders", TypeInformation.of(OrderVersion.class)));
        waitingCustomers = getRuntimeContext()
                .getListState(new ListStateDescriptor<>("waiting-customers", TypeInformation.of(Part.class)));
        orders = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>("orders", Types.STRING, TypeInformation.of(OrderVersion.class)));
        customer = getRuntimeContext().getState(new ValueStateDescriptor<>("customer", TypeInformation.of(Part.class)));
    }

    @Override
    public void processElement1(OrderVersion version, Context context, Collector<EnrichedOrder> out) throws Exception {
        waitingOrders.add(version);
        context.timerService().registerEventTimeTimer(version.lsn());
    }

    @Override
    public void processElement2(Part part, Context context, Collector<EnrichedOrder> out) throws Exception {
        waitingCustomers.add(part);
        context.timerService().registerEventTimeTimer(part.lsn());
    }

    @Override
    public void onTimer(long lsn, OnTimerContext context, Collector<EnrichedOrder> out) throws Exception {
        Map<String, OrderVersion> changed = takeOrders(lsn);
        Part newCustomer = takeCustomers(lsn);
        if (newCustomer != null) {
            for (OrderVersion ofTheCustomer : orders.values()) {
                changed.putIfAbsent(ofTheCustomer.id(), ofTheCustomer);
            }
        }
        for (OrderVersion version : changed.values()) {
            if (version.row() != null) {
                out.collect(enriched(version, newCustomer));
            } else if (version.deleted()) {
                out.collect(new EnrichedOrder(version.id(), version.key(), null, version.lsn()));
            }
        }
    }

    private Map<String, OrderVersion> takeOrders(long lsn) throws Exception {
        Map<String, OrderVersion> taken = new LinkedHashMap<>();
        List<OrderVersion> later = new ArrayList<>();
        for (OrderVersion version : waitingOrders.get()) {
            if (version.lsn() > lsn) {
                later.add(version);
            } else {
                taken.put(version.id(), version);
                if (version.row() == null) {
                    orders.remove(version.id());
                } else {
                    orders.put(version.id(), version);
                }
            }
        }
        waitingOrders.update(later);
        return taken;
    }

    /** Null if nothing has happened to the customer. */
    private Part takeCustomers(long lsn) throws Exception {
        Part taken = null;
        List<Part> later = new ArrayList<>();
        for (Part part : waitingCustomers.get()) {
            if (part.lsn() > lsn) {
                later.add(part);
            } else {
                taken = part;
            }
        }
        waitingCustomers.update(later);
        if (taken != null) {
            customer.update(taken.row() == null ? null : taken); // null clears it
        }
        return taken;
    }

    /** @param changed null, or what has just happened to the customer */
    private EnrichedOrder enriched(OrderVersion order, Part changed) throws Exception {
        boolean byCustomer = changed != null && changed.lsn() > order.lsn();
        long lsn = byCustomer ? changed.lsn() : order.lsn();
        long transaction = byCustomer ? changed.transaction() : order.transaction();
        boolean whole = order.whole() && (changed == null || changed.whole());
        byte[] row = customer.value() == null ? null : customer.value().row();
        byte[] value = Json.enrichedOrder(order.row(), row, order.lines(), lsn, transaction, whole);
        return new EnrichedOrder(order.id(), order.key(), value, lsn);
    }
}
