package dev.flinkcookbook.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;

/** What is measured, by whatever benchmark. The order is that of the reports. */
enum Variant {
    LOAD(Engine.NONE, null, false, "no job: producer → consumer"),
    COPY(Engine.PLAIN, null, false, "consumer → producer copy, acks=all"),
    COPY_TRANSACTIONAL(Engine.PLAIN, null, false, "consumer → producer copy, a transaction per second"),
    PASS_THROUGH(Engine.PASS_THROUGH, "hashmap", true, "Flink pass-through, exactly-once"),
    RECIPE_HASHMAP(Engine.RECIPE, "hashmap", true, "recipe, keep-first, hashmap"),
    RECIPE_ROCKSDB(Engine.RECIPE, "rocksdb", true, "recipe, keep-first, RocksDB"),
    RECIPE_APPROXIMATE(Engine.RECIPE, "hashmap", true, "recipe, approximate, hashmap"),
    SQL_HASHMAP(Engine.SQL, "hashmap", false, "Flink SQL as it comes, hashmap"),
    SQL_ROCKSDB(Engine.SQL, "rocksdb", false, "Flink SQL as it comes, RocksDB"),
    SQL_TUNED_HASHMAP(Engine.SQL, "hashmap", true, "Flink SQL, the recipe's settings, hashmap"),
    SQL_TUNED_ROCKSDB(Engine.SQL, "rocksdb", true, "Flink SQL, the recipe's settings, RocksDB"),
    LEDGER(Engine.LEDGER, "rocksdb", true, "ledger job, exactly-once"),
    LEDGER_HASHMAP(Engine.LEDGER, "hashmap", true, "ledger job, exactly-once, hashmap"),
    LEDGER_AT_LEAST_ONCE(Engine.LEDGER, "rocksdb", true, "ledger job, at-least-once"),
    LEDGER_UPSERT(Engine.LEDGER, "rocksdb", true, "ledger job, at-least-once and upserts"),
    WINDOWS_HASHMAP(Engine.WINDOWS, "hashmap", true, "recipe, windows, hashmap"),
    WINDOWS_ROCKSDB(Engine.WINDOWS, "rocksdb", true, "recipe, windows, RocksDB"),
    SQL_TUMBLE_HASHMAP(Engine.SQL_TUMBLE, "hashmap", true, "Flink SQL TUMBLE, the recipe's settings, hashmap"),
    SQL_TUMBLE_ROCKSDB(Engine.SQL_TUMBLE, "rocksdb", true, "Flink SQL TUMBLE, the recipe's settings, RocksDB"),
    VIEW_HASHMAP(Engine.VIEW, "hashmap", true, "recipe, view, hashmap"),
    VIEW_ROCKSDB(Engine.VIEW, "rocksdb", true, "recipe, view, RocksDB"),
    SQL_UPSERT_HASHMAP(Engine.SQL_UPSERT, "hashmap", true, "Flink SQL, duplicates removed, hashmap"),
    SQL_UPSERT_ROCKSDB(Engine.SQL_UPSERT, "rocksdb", true, "Flink SQL, duplicates removed, RocksDB"),
    SQL_UPSERT_STATELESS(Engine.SQL_UPSERT, "hashmap", true, "Flink SQL as it comes, no state");

    enum Engine {
        NONE,
        PLAIN,
        PASS_THROUGH,
        RECIPE,
        SQL,
        LEDGER,
        WINDOWS,
        SQL_TUMBLE,
        VIEW,
        SQL_UPSERT
    }

    /** Those of {@code ./cookbook bench deduplication}. */
    static final List<Variant> OF_DEDUPLICATION = Stream.of(values())
            .filter(variant -> Set.of(Engine.PLAIN, Engine.PASS_THROUGH, Engine.RECIPE, Engine.SQL)
                    .contains(variant.engine))
            .toList();

    /** Those of {@code ./cookbook bench exactly-once}. */
    static final List<Variant> OF_EXACTLY_ONCE = List.of(
            LOAD, COPY_TRANSACTIONAL, PASS_THROUGH, LEDGER, LEDGER_HASHMAP, LEDGER_AT_LEAST_ONCE, LEDGER_UPSERT);

    /** Those of {@code ./cookbook bench late-data}. */
    static final List<Variant> OF_LATE_DATA = List.of(
            COPY_TRANSACTIONAL, PASS_THROUGH, WINDOWS_HASHMAP, WINDOWS_ROCKSDB, SQL_TUMBLE_HASHMAP, SQL_TUMBLE_ROCKSDB);

    /** Those of {@code ./cookbook bench change-data-capture}. */
    static final List<Variant> OF_CHANGE_DATA_CAPTURE = List.of(
            COPY_TRANSACTIONAL,
            PASS_THROUGH,
            VIEW_HASHMAP,
            VIEW_ROCKSDB,
            SQL_UPSERT_HASHMAP,
            SQL_UPSERT_ROCKSDB,
            SQL_UPSERT_STATELESS);

    private final Engine engine;
    private final String stateBackend;
    private final boolean tuned;
    private final String label;

    Variant(Engine engine, String stateBackend, boolean tuned, String label) {
        this.engine = engine;
        this.stateBackend = stateBackend;
        this.tuned = tuned;
        this.label = label;
    }

    Engine engine() {
        return engine;
    }

    /** As in {@code state.backend.type}; null without Flink. */
    String stateBackend() {
        return stateBackend;
    }

    /** Whether it has the settings that the recipe sets: the bloom filter, universal compaction, and the sink's timeouts and names. */
    boolean isTuned() {
        return tuned;
    }

    /** Whether its outputs are the distinct payments. */
    boolean deduplicates() {
        return engine == Engine.RECIPE || engine == Engine.SQL;
    }

    /** Whether its outputs are sums of windows. */
    boolean sumsUp() {
        return engine == Engine.WINDOWS || engine == Engine.SQL_TUMBLE;
    }

    /** Whether its state has the newest version of each row. */
    boolean keepsRows() {
        return (engine == Engine.VIEW || engine == Engine.SQL_UPSERT) && this != SQL_UPSERT_STATELESS;
    }

    boolean isSql() {
        return engine == Engine.SQL || engine == Engine.SQL_TUMBLE || engine == Engine.SQL_UPSERT;
    }

    /** Whether its state is measured: SQL only once for each backend, with the recipe's settings. */
    boolean hasStateOfItsOwn() {
        return deduplicates() && tuned;
    }

    /** Whether its outputs are to be read with {@code read_committed}. */
    boolean isExactlyOnce() {
        return this == COPY_TRANSACTIONAL || this == PASS_THROUGH || this == LEDGER || this == LEDGER_HASHMAP;
    }

    /** How many records of output there must be for each transfer. */
    int entriesPerTransfer() {
        return engine == Engine.LEDGER ? 2 : 1;
    }

    String label() {
        return label;
    }

    /** As in {@code --variants}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws TypeConversionException there is none of that name among them; the message lists them */
    static Variant named(String name, List<Variant> among) {
        return among.stream()
                .filter(variant -> variant.toString().equals(name))
                .findAny()
                .orElseThrow(() -> new TypeConversionException(String.join(", ", names(among))));
    }

    static List<String> names(List<Variant> variants) {
        return variants.stream().map(Variant::toString).toList();
    }
}
