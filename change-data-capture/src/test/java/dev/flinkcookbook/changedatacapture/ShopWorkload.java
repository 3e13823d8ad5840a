package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.testbed.PostgresServer;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Random transactions of a shop, and a record of each row that they change. The same seed gives the same transactions in the same
 * order, as long as the database is not killed meanwhile. For one thread.
 *
 * <p>Each committed transaction keeps: an order's total and line count are those of its lines; whoever writes an order makes it
 * its customer's last one, with its total. In the middle of a transaction neither holds.
 */
final class ShopWorkload implements AutoCloseable {

    enum Operation {
        INSERT,
        UPDATE,
        DELETE
    }

    /** A row that was changed; another key is a deletion of the old and an insertion of the new one. */
    record RowChange(Table table, String key, Operation operation) {}

    /** A transaction that has committed, with its changes in their order, save for those that the database makes itself. */
    record Committed(long transaction, List<RowChange> changes) {}

    /** Is told of each commit, after it. */
    interface Listener {
        void committed(Committed transaction);
    }

    private static final int CUSTOMERS = 60;
    private static final int MOST_ORDERS = 8;
    private static final int MOST_LINES = 6;
    private static final int MOST_ACTIONS = 3;
    private static final double ROLLED_BACK = 0.05;
    private static final double LONG = 0.03;
    private static final int STEPS_OF_A_LONG_ONE = 40;

    /** Random text does not compress, and what takes more than 2 kB is then stored beside its row (TOAST). */
    private static final int LARGE_NOTE = 9_000;

    private static final double WITH_A_LARGE_NOTE = 0.3;
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static final List<String> STATES = List.of("placed", "paid", "packed", "sent", "returned");

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(100);

    private static final class Line {
        private final long id;
        private int quantity;
        private long cents;

        Line(long id, int quantity, long cents) {
            this.id = id;
            this.quantity = quantity;
            this.cents = cents;
        }

        Line copy() {
            return new Line(id, quantity, cents);
        }
    }

    private static final class Order {
        private long id;
        private final TreeMap<Long, Line> lines = new TreeMap<>();

        Order(long id) {
            this.id = id;
        }

        long cents() {
            return lines.values().stream()
                    .mapToLong(line -> line.quantity * line.cents)
                    .sum();
        }

        Order copy() {
            Order copy = new Order(id);
            lines.forEach((key, line) -> copy.lines.put(key, line.copy()));
            return copy;
        }
    }

    private static final class Customer {
        private long id;
        private Long lastOrder;
        private final TreeMap<Long, Order> orders = new TreeMap<>();

        Customer(long id) {
            this.id = id;
        }

        Customer copy() {
            Customer copy = new Customer(id);
            copy.lastOrder = lastOrder;
            orders.forEach((key, order) -> copy.orders.put(key, order.copy()));
            return copy;
        }
    }

    /** Works on copies of some customers with all that is theirs, which nobody else touches until it has ended. */
    private final class Transaction {
        private final Set<Long> touched = new HashSet<>();
        private final List<Customer> customers = new ArrayList<>();
        private final List<RowChange> changes = new ArrayList<>();
        private final List<String> statements = new ArrayList<>();
        private final List<Long> freedOrders = new ArrayList<>();
        private final long number = ++transactions;
        private long id;

        void take(long customer) {
            touched.add(customer);
            customers.add(shop.get(customer).copy());
        }

        void changed(Table table, long id, Operation operation) {
            changes.add(new RowChange(table, ShopDatabase.key(id), operation));
        }

        Customer any() {
            return customers.get(random.nextInt(customers.size()));
        }
    }

    private final PostgresServer server;
    private final Random random;
    private Listener listener = transaction -> {};
    private final TreeMap<Long, Customer> shop = new TreeMap<>();
    private final Set<Long> busy = new HashSet<>();
    private final List<Long> freedOrders = new ArrayList<>();
    private long lastCustomer;
    private long lastOrder;
    private long lastLine;
    private long transactions;
    private Connection connection;
    private Connection other;
    private Transaction longOne;
    private int stepsLeft;

    ShopWorkload(PostgresServer server, long seed) throws SQLException, InterruptedException {
        this.server = server;
        this.random = new Random(seed);
        connection = connect();
        // It is in no publication. Whether a transaction has committed is asked of its row: after a crash its number
        // may be
        // given to another transaction, and pg_xact_status would speak of that one.
        execute(connection, "CREATE TABLE IF NOT EXISTS workload (number bigint PRIMARY KEY)");
        connection.commit();
    }

    /** Tells of each commit from now on. */
    void listen(Listener listener) {
        this.listener = listener;
    }

    /** The first customers and their orders. */
    void populate() throws SQLException, InterruptedException {
        while (shop.size() < CUSTOMERS) {
            Transaction transaction = new Transaction();
            newCustomer(transaction);
            for (int orders = random.nextInt(4); orders > 0; orders--) {
                newOrder(transaction, transaction.any());
            }
            end(transaction, connection, true);
        }
    }

    /**
     * One transaction, or the first or last part of a long one that others overtake.
     *
     * @return how many rows have changed: none if it was rolled back, or is not yet at its end, or was lost with the database
     */
    long step() throws SQLException, InterruptedException {
        if (longOne == null && random.nextDouble() < LONG) {
            beginLongOne();
            return 0;
        }
        if (longOne != null && --stepsLeft <= 0) {
            return endLongOne();
        }
        Transaction transaction = begin();
        act(transaction, 1 + random.nextInt(MOST_ACTIONS));
        return end(transaction, connection, random.nextDouble() >= ROLLED_BACK);
    }

    /** Ends the long transaction that is open. */
    long finish() throws SQLException, InterruptedException {
        return longOne == null ? 0 : endLongOne();
    }

    private void beginLongOne() throws SQLException, InterruptedException {
        stepsLeft = 1 + random.nextInt(STEPS_OF_A_LONG_ONE);
        longOne = begin();
        busy.addAll(longOne.touched);
        act(longOne, MOST_ACTIONS);
        if (other == null) {
            other = connect();
        }
        try {
            send(longOne, other);
        } catch (SQLException e) {
            requireLost(e); // The end will find out.
        }
    }

    private long endLongOne() throws SQLException, InterruptedException {
        Transaction ending = longOne;
        longOne = null;
        act(ending, MOST_ACTIONS);
        long changed = end(ending, other, random.nextDouble() >= ROLLED_BACK);
        busy.removeAll(ending.touched);
        return changed;
    }

    private Transaction begin() {
        Transaction transaction = new Transaction();
        List<Long> free = new ArrayList<>(shop.keySet());
        free.removeAll(busy);
        for (int customers = 1 + random.nextInt(2); customers > 0; customers--) {
            transaction.take(free.remove(random.nextInt(free.size())));
        }
        return transaction;
    }

    private void act(Transaction transaction, int actions) {
        for (int action = 0; action < actions; action++) {
            if (transaction.customers.isEmpty()) {
                newCustomer(transaction);
                continue;
            }
            Customer customer = transaction.any();
            if (customer.orders.size() >= MOST_ORDERS) {
                deleteOrder(transaction, customer, anyOf(customer.orders.values()));
                continue;
            }
            int what = random.nextInt(100);
            if (what < 20 || customer.orders.isEmpty() && what < 60) {
                newOrder(transaction, customer);
            } else if (customer.orders.isEmpty()) {
                actOn(transaction, customer, what);
            } else if (what < 80) {
                actOn(transaction, customer, anyOf(customer.orders.values()), what);
            } else {
                actOn(transaction, customer, what);
            }
        }
    }

    private void actOn(Transaction transaction, Customer customer, Order order, int what) {
        if (what < 28) {
            changeLine(transaction, customer, order);
        } else if (what < 36) {
            addLine(transaction, order);
            settle(transaction, customer, order);
        } else if (what < 42) {
            removeLine(transaction, customer, order);
        } else if (what < 50) {
            Customer to = transaction.any();
            moveLine(transaction, customer, order, to, to.orders.isEmpty() ? null : anyOf(to.orders.values()));
        } else if (what < 60) {
            transaction.statements.add("UPDATE orders SET status = '" + STATES.get(random.nextInt(STATES.size()))
                    + "' WHERE id = " + order.id);
            transaction.changed(Table.ORDERS, order.id, Operation.UPDATE);
            makeLast(transaction, customer, order);
        } else if (what < 67) {
            moveOrder(transaction, customer, order, transaction.any());
        } else if (what < 74) {
            renumber(transaction, customer, order);
        } else {
            deleteOrder(transaction, customer, order);
        }
    }

    private void actOn(Transaction transaction, Customer customer, int what) {
        if (what < 87) {
            updateCustomer(transaction, customer, "name = " + quoted(12)); // A large note is then left out of the log.
        } else if (what < 90) {
            // A change too: Debezium is told of it like of any other.
            transaction.statements.add("UPDATE customers SET name = name WHERE id = " + customer.id);
            transaction.changed(Table.CUSTOMERS, customer.id, Operation.UPDATE);
        } else if (what < 94) {
            updateCustomer(transaction, customer, "notes = " + note());
        } else if (what < 97) {
            renumber(transaction, customer);
        } else if (customer.orders.isEmpty() && shop.size() > CUSTOMERS / 2) {
            transaction.statements.add("DELETE FROM customers WHERE id = " + customer.id);
            transaction.changed(Table.CUSTOMERS, customer.id, Operation.DELETE);
            transaction.customers.remove(customer);
        } else {
            newCustomer(transaction);
        }
    }

    private void newCustomer(Transaction transaction) {
        Customer customer = new Customer(++lastCustomer);
        transaction.statements.add("INSERT INTO customers VALUES (%d, %s, 'c%d@example.com', %s, NULL, NULL, now())"
                .formatted(customer.id, quoted(12), customer.id, note()));
        transaction.changed(Table.CUSTOMERS, customer.id, Operation.INSERT);
        transaction.customers.add(customer);
    }

    private void newOrder(Transaction transaction, Customer customer) {
        Order order = new Order(newOrderId());
        transaction.statements.add(
                "INSERT INTO orders VALUES (%d, %d, 'placed', 0, 0, now())".formatted(order.id, customer.id));
        transaction.changed(Table.ORDERS, order.id, Operation.INSERT);
        customer.orders.put(order.id, order);
        for (int lines = 1 + random.nextInt(4); lines > 0; lines--) {
            addLine(transaction, order);
        }
        settle(transaction, customer, order);
    }

    /** Now and then the number of an order that is gone: a change from before must not come over the new one. */
    private long newOrderId() {
        return freedOrders.isEmpty() || random.nextBoolean()
                ? ++lastOrder
                : freedOrders.remove(random.nextInt(freedOrders.size()));
    }

    private void addLine(Transaction transaction, Order order) {
        if (order.lines.size() >= MOST_LINES) {
            return;
        }
        Line line = new Line(++lastLine, 1 + random.nextInt(9), 1 + random.nextInt(99_999));
        transaction.statements.add("INSERT INTO order_lines VALUES (%d, %d, 'sku-%d', %d, %s)"
                .formatted(line.id, order.id, random.nextInt(1_000), line.quantity, money(line.cents)));
        transaction.changed(Table.ORDER_LINES, line.id, Operation.INSERT);
        order.lines.put(line.id, line);
    }

    private void changeLine(Transaction transaction, Customer customer, Order order) {
        if (!order.lines.isEmpty()) {
            Line line = anyOf(order.lines.values());
            line.quantity = 1 + random.nextInt(9);
            line.cents = random.nextBoolean() ? line.cents : 1 + random.nextInt(99_999);
            transaction.statements.add("UPDATE order_lines SET quantity = %d, price = %s WHERE id = %d"
                    .formatted(line.quantity, money(line.cents), line.id));
            transaction.changed(Table.ORDER_LINES, line.id, Operation.UPDATE);
        }
        settle(transaction, customer, order);
    }

    private void removeLine(Transaction transaction, Customer customer, Order order) {
        if (!order.lines.isEmpty()) {
            Line line = anyOf(order.lines.values());
            order.lines.remove(line.id);
            transaction.statements.add("DELETE FROM order_lines WHERE id = " + line.id);
            transaction.changed(Table.ORDER_LINES, line.id, Operation.DELETE);
        }
        settle(transaction, customer, order);
    }

    private void moveLine(Transaction transaction, Customer customer, Order from, Customer to, Order target) {
        if (target == null || target == from || from.lines.isEmpty()) {
            settle(transaction, customer, from);
            return;
        }
        Line line = anyOf(from.lines.values());
        from.lines.remove(line.id);
        target.lines.put(line.id, line);
        transaction.statements.add("UPDATE order_lines SET order_id = " + target.id + " WHERE id = " + line.id);
        transaction.changed(Table.ORDER_LINES, line.id, Operation.UPDATE);
        settle(transaction, customer, from);
        settle(transaction, to, target);
    }

    private void moveOrder(Transaction transaction, Customer from, Order order, Customer to) {
        from.orders.remove(order.id);
        to.orders.put(order.id, order);
        transaction.statements.add("UPDATE orders SET customer_id = " + to.id + " WHERE id = " + order.id);
        transaction.changed(Table.ORDERS, order.id, Operation.UPDATE);
        forgetLast(transaction, from, order.id);
        makeLast(transaction, to, order);
    }

    private void deleteOrder(Transaction transaction, Customer customer, Order order) {
        transaction.statements.add("DELETE FROM orders WHERE id = " + order.id);
        transaction.changed(Table.ORDERS, order.id, Operation.DELETE);
        order.lines.keySet().forEach(line -> transaction.changed(Table.ORDER_LINES, line, Operation.DELETE));
        customer.orders.remove(order.id);
        transaction.freedOrders.add(order.id);
        forgetLast(transaction, customer, order.id);
    }

    private void renumber(Transaction transaction, Customer customer, Order order) {
        long before = order.id;
        order.id = newOrderId();
        customer.orders.remove(before);
        customer.orders.put(order.id, order);
        transaction.statements.add("UPDATE orders SET id = " + order.id + " WHERE id = " + before);
        transaction.changed(Table.ORDERS, before, Operation.DELETE);
        transaction.changed(Table.ORDERS, order.id, Operation.INSERT);
        order.lines.keySet().forEach(line -> transaction.changed(Table.ORDER_LINES, line, Operation.UPDATE));
        transaction.freedOrders.add(before);
        makeLast(transaction, customer, order);
    }

    /**
     * With other notes: those that stay the same are told of the new key as a placeholder, and nobody who keeps rows by their keys
     * could know them (README, "A primary key and a large value").
     */
    private void renumber(Transaction transaction, Customer customer) {
        long before = customer.id;
        customer.id = ++lastCustomer;
        transaction.statements.add(
                "UPDATE customers SET id = " + customer.id + ", notes = " + note() + " WHERE id = " + before);
        transaction.changed(Table.CUSTOMERS, before, Operation.DELETE);
        transaction.changed(Table.CUSTOMERS, customer.id, Operation.INSERT);
        customer.orders.keySet().forEach(order -> transaction.changed(Table.ORDERS, order, Operation.UPDATE));
    }

    /** Writes into the order what its lines come to. */
    private void settle(Transaction transaction, Customer customer, Order order) {
        transaction.statements.add("UPDATE orders SET line_count = %d, total = %s WHERE id = %d"
                .formatted(order.lines.size(), money(order.cents()), order.id));
        transaction.changed(Table.ORDERS, order.id, Operation.UPDATE);
        makeLast(transaction, customer, order);
    }

    private void makeLast(Transaction transaction, Customer customer, Order order) {
        customer.lastOrder = order.id;
        updateCustomer(transaction, customer, "last_order = " + order.id + ", last_total = " + money(order.cents()));
    }

    private void forgetLast(Transaction transaction, Customer customer, long order) {
        if (customer.lastOrder != null && customer.lastOrder == order) {
            customer.lastOrder = null;
            updateCustomer(transaction, customer, "last_order = NULL, last_total = NULL");
        }
    }

    private void updateCustomer(Transaction transaction, Customer customer, String set) {
        transaction.statements.add("UPDATE customers SET " + set + ", updated_at = now() WHERE id = " + customer.id);
        transaction.changed(Table.CUSTOMERS, customer.id, Operation.UPDATE);
    }

    private <T> T anyOf(Collection<T> things) {
        return new ArrayList<>(things).get(random.nextInt(things.size()));
    }

    private static String money(long cents) {
        return BigDecimal.valueOf(cents, 2).toPlainString();
    }

    private String note() {
        if (random.nextInt(10) == 0) {
            return "NULL";
        }
        return quoted(random.nextDouble() < WITH_A_LARGE_NOTE ? LARGE_NOTE + random.nextInt(LARGE_NOTE) : 20);
    }

    private String quoted(int length) {
        StringBuilder text = new StringBuilder("'");
        for (int i = 0; i < length; i++) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.append('\'').toString();
    }

    /** @return how many rows have changed */
    private long end(Transaction transaction, Connection on, boolean commit) throws SQLException, InterruptedException {
        boolean committed;
        try {
            send(transaction, on);
            if (commit) {
                on.commit();
            } else {
                on.rollback();
            }
            committed = commit;
        } catch (SQLException e) {
            requireLost(e);
            reconnect();
            committed = hasCommitted(transaction);
        }
        if (!committed) {
            return 0;
        }
        shop.keySet().removeAll(transaction.touched);
        transaction.customers.forEach(customer -> shop.put(customer.id, customer));
        freedOrders.addAll(transaction.freedOrders);
        listener.committed(new Committed(transaction.id, List.copyOf(transaction.changes)));
        return transaction.changes.size();
    }

    /** What the transaction has not sent yet, in one message. */
    private static void send(Transaction transaction, Connection on) throws SQLException {
        if (transaction.id == 0) {
            transaction.statements.add("INSERT INTO workload VALUES (" + transaction.number + ")");
        }
        transaction.statements.add("SELECT pg_current_xact_id()::text::bigint");
        try (Statement statement = on.createStatement()) {
            statement.execute(String.join("; ", transaction.statements));
            while (statement.getMoreResults() || statement.getUpdateCount() != -1) {
                ResultSet result = statement.getResultSet();
                if (result != null && result.next()) {
                    transaction.id = result.getLong(1);
                }
            }
        }
        transaction.statements.clear();
    }

    /** Class 08 is a lost connection, 57 a server that goes down or comes up, 40 a transaction that lost against another. */
    private static void requireLost(SQLException e) throws SQLException {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        if (!state.startsWith("08") && !state.startsWith("57") && !state.startsWith("40")) {
            throw e;
        }
    }

    /** If one connection is lost, so is the other: the long transaction that is open on it will find that out. */
    private void reconnect() throws SQLException, InterruptedException {
        if (connection.isValid(1)) {
            connection.rollback();
        } else {
            connection.close();
            connection = connect();
        }
        if (other != null && longOne == null && !other.isValid(1)) {
            other.close();
            other = null;
        }
    }

    private boolean hasCommitted(Transaction transaction) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found =
                        statement.executeQuery("SELECT 1 FROM workload WHERE number = " + transaction.number)) {
            return found.next();
        } finally {
            connection.rollback();
        }
    }

    private Connection connect() throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                Connection connected = server.connect();
                connected.setAutoCommit(false);
                return connected;
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                LockSupport.parkNanos(BETWEEN_ATTEMPTS.toNanos());
            }
        }
    }

    private static void execute(Connection on, String sql) throws SQLException {
        try (Statement statement = on.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        if (other != null) {
            other.close();
        }
    }
}
