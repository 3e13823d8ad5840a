package dev.flinkcookbook.changedatacapture;

import java.util.Locale;

/** The tables of the shop. */
enum Table {
    CUSTOMERS(null),
    ORDERS("customer_id"),
    ORDER_LINES("order_id");

    private final String foreignKey;

    Table(String foreignKey) {
        this.foreignKey = foreignKey;
    }

    /** The column that refers to the table before; null if there is none. */
    String foreignKey() {
        return foreignKey;
    }

    /** As in the database and at the end of a topic's name: {@code order_lines}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
