package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.ShopOnKafka.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The tables change while the database, Debezium and the job run. */
@ExtendWith(KafkaExtension.class)
class SchemaChangeIT {

    private static final String OUT = "view";

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension();

    private ShopOnKafka shop;

    @BeforeEach
    void aCustomerAndAnOrder(KafkaBroker kafka) {
        shop = new ShopOnKafka(kafka, FLINK);
        shop.debezium().start();
        shop.startJob(OUT);
        shop.database().execute("""
                INSERT INTO customers (id, name) VALUES (1, 'Ada');
                INSERT INTO orders VALUES (10, 1, 'new', 1, 5.00, NULL);
                INSERT INTO order_lines VALUES (100, 10, 'tea', 2, 2.50)""");
        shop.awaitViewsAsTables(OUT);
        // Orders are put together behind the views: each test begins with the order and its line there.
        shop.await(() -> linesOfTheOrder().size() == 1);
    }

    @AfterEach
    void close() {
        shop.close();
    }

    private JsonNode line(int id) {
        return shop.views(OUT).get(Table.ORDER_LINES).get("{\"id\":" + id + "}");
    }

    private JsonNode linesOfTheOrder() {
        return shop.orders(OUT).getOrDefault("{\"id\":10}", json("{}")).path("lines");
    }

    @Test
    void columnsAreAddedRenamedWidenedAndDroppedFromTheNextChangeOfARowOn() {
        shop.database().execute("ALTER TABLE order_lines ADD COLUMN gift int DEFAULT 0");
        shop.database().execute("INSERT INTO order_lines VALUES (101, 10, 'cup', 1, 4.00, 1)");
        shop.await(() -> linesOfTheOrder().size() == 2);
        assertThat(linesOfTheOrder()).containsExactly(json("""
                {"id":100,"order_id":10,"sku":"tea","quantity":2,"price":"2.50"}"""), json("""
                {"id":101,"order_id":10,"sku":"cup","quantity":1,"price":"4.00","gift":1}"""));
        assertThat(line(101)).isEqualTo(linesOfTheOrder().get(1));

        shop.database().execute("ALTER TABLE order_lines RENAME COLUMN sku TO article");
        shop.database().execute("ALTER TABLE order_lines ALTER COLUMN quantity TYPE bigint");
        shop.database().execute("UPDATE order_lines SET quantity = 3000000000");
        shop.awaitViewsAsTables(OUT);
        assertThat(line(100)).isEqualTo(json("""
                {"id":100,"order_id":10,"article":"tea","quantity":3000000000,"price":"2.50","gift":0}"""));

        shop.database().execute("ALTER TABLE order_lines DROP COLUMN gift");
        shop.database().execute("UPDATE order_lines SET quantity = 4");
        shop.awaitViewsAsTables(OUT);
        assertThat(line(100)).isEqualTo(json("""
                {"id":100,"order_id":10,"article":"tea","quantity":4,"price":"2.50"}"""));
    }

    @Test
    void aLineWithoutItsForeignKeyIsADeadLetterAndStaysInTheView() {
        shop.database().execute("ALTER TABLE order_lines RENAME COLUMN order_id TO belongs_to");
        shop.database().execute("INSERT INTO order_lines VALUES (101, 10, 'cup', 1, 4.00)");
        shop.database().execute("UPDATE orders SET status = 'paid'");

        shop.awaitViewsAsTablesOf(OUT, Table.ORDERS, Table.CUSTOMERS);
        JsonNode added = json("""
                {"id":101,"belongs_to":10,"sku":"cup","quantity":1,"price":"4.00"}""");
        shop.await(() -> added.equals(line(101)));
        shop.await(() -> shop.orders(OUT)
                .get("{\"id\":10}")
                .path("order")
                .path("status")
                .asText()
                .equals("paid"));
        assertThat(linesOfTheOrder()).containsExactly(json("""
                {"id":100,"order_id":10,"sku":"tea","quantity":2,"price":"2.50"}"""));
        assertThat(shop.deadLetters()).containsExactly("foreign-key-missing " + added);

        shop.database().execute("UPDATE order_lines SET quantity = 3 WHERE id = 100");
        shop.awaitViewsAsTables(OUT);
        shop.database().execute("UPDATE orders SET status = 'sent'");
        shop.await(() -> shop.orders(OUT).get("{\"id\":10}").toString().contains("sent"));
        assertThat(linesOfTheOrder()).containsExactly(json("""
                {"id":100,"order_id":10,"sku":"tea","quantity":2,"price":"2.50"}"""));

        shop.database().execute("DELETE FROM order_lines WHERE id = 100");
        shop.await(() -> linesOfTheOrder().isEmpty());
    }
}
