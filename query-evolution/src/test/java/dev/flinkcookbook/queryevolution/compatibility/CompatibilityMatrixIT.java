package dev.flinkcookbook.queryevolution.compatibility;

import static dev.flinkcookbook.queryevolution.compatibility.Change.change;
import static dev.flinkcookbook.queryevolution.compatibility.Query.of;
import static dev.flinkcookbook.queryevolution.compatibility.Query.sum;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.queryevolution.compatibility.Upgrade.Snapshot;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which changes the state of a query survives, each tried: a real query is run, a real snapshot taken, and another query started from
 * it, whose results are compared with those of a query that has seen all events. The table of all of it is
 * {@code docs/compatibility-matrix.md}. If Flink does something else one day, {@code target/compatibility-matrix.md} has the table that
 * is right.
 */
class CompatibilityMatrixIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static final Path COMMITTED = Path.of("..", "docs", "compatibility-matrix.md");
    private static final Path RIGHT = Path.of("target", "compatibility-matrix.md");

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> isWhatTheTableSays() throws Exception {
        Upgrade upgrade = new Upgrade(flink, folder);
        String committed = Files.exists(COMMITTED) ? Files.readString(COMMITTED) : "";
        StringBuilder right = new StringBuilder(PREFACE);
        List<DynamicTest> tests = new ArrayList<>();
        sections().forEach((section, changes) -> {
            tests.add(DynamicTest.dynamicTest(
                    section,
                    () -> right.append("\n## ")
                            .append(section)
                            .append("\n\n| Change | Outcome | What to do |\n|---|---|---|\n")));
            changes.forEach(change -> tests.add(DynamicTest.dynamicTest(section + ": " + change.name(), () -> {
                String row = change.row(upgrade);
                right.append(row);
                assertThat(committed)
                        .as("the table; target/compatibility-matrix.md has the one that is right")
                        .contains(row);
            })));
        });
        tests.add(DynamicTest.dynamicTest("the whole page", () -> {
            Files.writeString(RIGHT, right);
            assertThat(committed)
                    .as("docs/compatibility-matrix.md; target/compatibility-matrix.md has the one that is right")
                    .isEqualTo(right.toString());
        }));
        return tests.stream();
    }

    private static final String PREFACE = """
            # Which changes does state survive?

            Each row was tried on Flink 2.3: a query runs, a snapshot is taken (a canonical savepoint unless the row says another one),
            the changed query starts from it in a class loader of its own, and what it then writes is compared with what a query writes
            that has seen all events.

            - **restores**: the results are those of a query that was never stopped.
            - **fails**: with this message, before anything is written. Nothing is lost: the old query can be started again.
            - **silently loses**: it runs, and its results are those of a query that knows nothing of the past.
            - **silently corrupts**: it runs, and its results are wrong in another way. What it wrote, what it should have written.

            The table is written and checked by
            [CompatibilityMatrixIT](../query-evolution/src/test/java/dev/flinkcookbook/queryevolution/compatibility/CompatibilityMatrixIT.java),
            where the code of each row stands. After a change of Flink's version, run it and copy what it has found:

            <!-- not executed: it is a build, and CompatibilityMatrixIT is a part of every build -->
            ```console
            ./mvnw -pl query-evolution -am verify -Dit.test=CompatibilityMatrixIT -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false
            cp query-evolution/target/compatibility-matrix.md docs/
            ```
            """;

    private static Map<String, List<Change>> sections() {
        Map<String, List<Change>> sections = new LinkedHashMap<>();
        sections.put("Fields of a state class", fields());
        sections.put("State of an operator", states());
        sections.put("Keys", keys());
        sections.put("Operators", operators());
        sections.put("What is computed", logic());
        sections.put("Parallelism", parallelism());
        sections.put("State backends and kinds of snapshot", snapshots());
        sections.put("Serializers", serializers());
        sections.put("Avro", avro());
        return sections;
    }

    private static final String MIGRATE =
            "a new field beside the old one, or migrate the savepoint with the State Processor API";
    private static final String NOTHING = "nothing";

    private static Query record(String fields, String next, String shown) {
        return sum().with("public record Sum(" + fields + ") {}\n").keeps("Sum", next, shown);
    }

    private static Query record() {
        return record(
                "int count, int sum",
                "before == null ? new Sum(1, event.value()) : new Sum(before.count() + 1, before.sum() + event.value())",
                "now.sum()");
    }

    private static Query pojo(String type) {
        return sum().with("public static class Sum { public %s sum; public Sum() {} Sum(%s sum) { this.sum = sum; } }\n"
                        .formatted(type, type))
                .keeps("Sum", "new Sum((before == null ? 0 : before.sum) + event.value())", "now.sum");
    }

    private static Query text(String type, String write, String read) {
        return record(
                type + " sum",
                "new Sum("
                        + write.formatted(
                                "((before == null ? 0 : " + read.formatted("before.sum()") + ") + event.value())")
                        + ")",
                read.formatted("now.sum()"));
    }

    private static Query list(String fields, String construct) {
        return of("""
                public record Entry(%s) {}

                public static class Keep extends KeyedProcessFunction<String, Event, String> {
                    private transient ListState<Entry> entries;

                    @Override
                    public void open(OpenContext context) {
                        entries = getRuntimeContext().getListState(
                                new ListStateDescriptor<>("entries", TypeInformation.of(Entry.class)));
                    }

                    @Override
                    public void processElement(Event event, Context context, Collector<String> out) throws Exception {
                        entries.add(%s);
                        int sum = 0;
                        for (Entry entry : entries.get()) {
                            sum += entry.value();
                        }
                        out.collect(event.key() + "=" + sum);
                    }
                }

                public static void define(DataStream<Event> events, Sink<String> results) {
                    events.keyBy(Event::key).process(new Keep()).uid("keep").sinkTo(results).uid("results");
                }
                """.formatted(fields, construct));
    }

    private static List<Change> fields() {
        return List.of(
                change("Record: a field is added")
                        .from(record())
                        .to(record(
                                "int count, int sum, int largest",
                                "before == null ? new Sum(1, event.value(), 0)"
                                        + " : new Sum(before.count() + 1, before.sum() + event.value(), before.largest())",
                                "now.sum() + \" largest \" + now.largest()"))
                        .expecting("a=13 largest 0", "b=25 largest 0")
                        .advice("nothing; it has its type's default in old state, null or 0: let the code know"),
                change("Record: a field is removed")
                        .from(record())
                        .to(record(
                                "int sum", "new Sum((before == null ? 0 : before.sum()) + event.value())", "now.sum()"))
                        .advice("keep it, unused; or a class in place of the record, which may lose fields (below)"),
                change("Record: a field is removed, rocksdb")
                        .from(rocksdb(record()))
                        .to(rocksdb(record(
                                "int sum",
                                "new Sum((before == null ? 0 : before.sum()) + event.value())",
                                "now.sum()")))
                        .advice("as above"),
                change("Record: a field is removed and another one added")
                        .from(record())
                        .to(record(
                                "int sum, String unit",
                                "new Sum((before == null ? 0 : before.sum()) + event.value(), \"EUR\")",
                                "now.sum()"))
                        .advice("as above"),
                change("Record: a field is renamed")
                        .from(record(
                                "int sum", "new Sum((before == null ? 0 : before.sum()) + event.value())", "now.sum()"))
                        .to(record(
                                "int total",
                                "new Sum((before == null ? 0 : before.total()) + event.value())",
                                "now.total()"))
                        .advice("keep the name in state; rename outside of it, or migrate"),
                change("Record: the fields are in another order")
                        .from(record())
                        .to(record(
                                "int sum, int count",
                                "before == null ? new Sum(event.value(), 1)"
                                        + " : new Sum(before.sum() + event.value(), before.count() + 1)",
                                "now.sum()"))
                        .advice(NOTHING),
                change("POJO: a field is added")
                        .from(pojo("int"))
                        .to(sum().with("public static class Sum { public int sum; public String unit; public Sum() {}"
                                        + " Sum(int sum, String unit) { this.sum = sum; this.unit = unit; } }\n")
                                .keeps(
                                        "Sum",
                                        "new Sum((before == null ? 0 : before.sum) + event.value(),"
                                                + " before == null ? \"EUR\" : before.unit)",
                                        "now.sum + \" \" + now.unit"))
                        .expecting("a=13 null", "b=25 null")
                        .advice("nothing; null in old state, whatever the constructor says"),
                change("POJO: a field is removed")
                        .from(sum().with("public static class Sum { public int sum; public String unit; public Sum() {}"
                                        + " Sum(int sum) { this.sum = sum; this.unit = \"EUR\"; } }\n")
                                .keeps("Sum", "new Sum((before == null ? 0 : before.sum) + event.value())", "now.sum"))
                        .to(pojo("int"))
                        .advice("nothing; its values are gone for good with the next snapshot"),
                change("A field's type: `int` to `long`")
                        .from(pojo("int"))
                        .to(pojo("long"))
                        .advice(MIGRATE),
                change("A field's type: `int` to `long`, rocksdb")
                        .from(rocksdb(pojo("int")))
                        .to(rocksdb(pojo("long")))
                        .advice(MIGRATE),
                change("A field's type: `int` to `Integer`")
                        .from(pojo("int"))
                        .to(pojo("Integer"))
                        .advice(NOTHING),
                change("A field's type: `String` to `byte[]`")
                        .from(text("String", "String.valueOf(%s)", "Integer.parseInt(%s)"))
                        .to(text("byte[]", "String.valueOf(%s).getBytes()", "Integer.parseInt(new String(%s))"))
                        .advice(MIGRATE),
                change("A POJO becomes a record of the same name and fields")
                        .from(pojo("int"))
                        .to(record(
                                "int sum", "new Sum((before == null ? 0 : before.sum()) + event.value())", "now.sum()"))
                        .advice(NOTHING),
                change("A POJO loses its constructor without arguments")
                        .from(pojo("int"))
                        .to(sum().with("public static class Sum { public int sum; Sum(int sum) { this.sum = sum; } }\n")
                                .keeps("Sum", "new Sum((before == null ? 0 : before.sum) + event.value())", "now.sum")
                                .set("pipeline.generic-types", true))
                        .advice("keep it a POJO; `pipeline.generic-types: false` in the tests sees that it is none"),
                change("The state class is renamed, or moved to another package")
                        .from(pojo("int"))
                        .to(sum().with("public static class Total { public int sum; public Total() {}"
                                        + " Total(int sum) { this.sum = sum; } }\n")
                                .keeps(
                                        "Total",
                                        "new Total((before == null ? 0 : before.sum) + event.value())",
                                        "now.sum"))
                        .advice("keep the old name for what is in state, or migrate"),
                change("The elements of a list: a field is added")
                        .from(list("int value", "new Entry(event.value())"))
                        .to(list("int value, String note", "new Entry(event.value(), \"new\")"))
                        .advice(NOTHING),
                change("The elements of a list: a field's type")
                        .from(list("int value", "new Entry(event.value())"))
                        .to(list("long value", "new Entry(event.value())").replacing("int sum", "long sum"))
                        .advice(MIGRATE),
                change("An enum: a constant is added at the end")
                        .from(level("LOW, HIGH"))
                        .to(level("LOW, HIGH, TOP"))
                        .expecting("a=LOW 10", "b=HIGH 20")
                        .advice(NOTHING),
                change("An enum: a constant is added in the middle")
                        .from(level("LOW, HIGH"))
                        .to(level("LOW, MIDDLE, HIGH"))
                        .expecting("a=LOW 10", "b=HIGH 20")
                        .advice(NOTHING),
                change("An enum: the constants are in another order")
                        .from(level("LOW, HIGH"))
                        .to(level("HIGH, LOW"))
                        .expecting("a=LOW 10", "b=HIGH 20")
                        .advice(NOTHING),
                change("An enum: a constant is removed that state holds")
                        .from(level("LOW, HIGH, OLD"))
                        .to(level("LOW, HIGH"))
                        .expecting("a=LOW 10", "b=HIGH 20")
                        .advice("keep it, and mark it `@Deprecated`"));
    }

    /** An account's first level; b's first value is 5, a's is 1. */
    private static Query level(String constants) {
        return sum().with("public enum Level { " + constants + " }\n")
                .keeps(
                        "Level",
                        "before != null ? before : event.value() < 3 ? Level.LOW : Level.HIGH",
                        "now + \" \" + event.value()");
    }

    private static Query keeping(String field, String open, String body) {
        return of("""
                public static class Keep extends KeyedProcessFunction<String, Event, String> {
                    %s

                    @Override
                    public void open(OpenContext context) {
                        %s
                    }

                    @Override
                    public void processElement(Event event, Context context, Collector<String> out) throws Exception {
                        %s
                    }
                }

                public static void define(DataStream<Event> events, Sink<String> results) {
                    events.keyBy(Event::key).process(new Keep()).uid("keep").sinkTo(results).uid("results");
                }
                """.formatted(field, open, body));
    }

    private static Query listOfValues() {
        return keeping(
                "private transient ListState<Integer> state;",
                "state = getRuntimeContext().getListState(new ListStateDescriptor<>(\"state\", Integer.class));",
                "state.add(event.value()); int sum = 0; for (int value : state.get()) { sum += value; }"
                        + " out.collect(event.key() + \"=\" + sum);");
    }

    private static Query mapOfValues() {
        return keeping(
                "private transient MapState<Integer, Integer> state;",
                "state = getRuntimeContext().getMapState("
                        + "new MapStateDescriptor<>(\"state\", Integer.class, Integer.class));",
                "state.put(event.value(), event.value()); int sum = 0; for (int value : state.values()) { sum += value; }"
                        + " out.collect(event.key() + \"=\" + sum);");
    }

    /** Sums of all keys, in operator state of one subtask. */
    private static Query operatorState(String getState) {
        return of("""
                public static class Keep extends ProcessFunction<Event, String> implements CheckpointedFunction {
                    private int sum;
                    private transient ListState<Integer> state;

                    @Override
                    public void initializeState(FunctionInitializationContext context) throws Exception {
                        ListStateDescriptor<Integer> descriptor = new ListStateDescriptor<>("state", Integer.class);
                        state = context.getOperatorStateStore().%s(descriptor);
                        for (int value : state.get()) {
                            sum += value;
                        }
                    }

                    @Override
                    public void snapshotState(FunctionSnapshotContext context) throws Exception {
                        state.update(List.of(sum));
                    }

                    @Override
                    public void processElement(Event event, Context context, Collector<String> out) {
                        sum += event.value();
                        out.collect("all=" + sum);
                    }
                }

                public static void define(DataStream<Event> events, Sink<String> results) {
                    events.process(new Keep()).uid("keep").sinkTo(results).uid("results");
                }
                """.formatted(getState));
    }

    private static final String TTL =
            "descriptor.enableTimeToLive(StateTtlConfig.newBuilder(java.time.Duration.ofDays(%d)).build());";

    private static List<Change> states() {
        return List.of(
                change("The state's name").from(sum()).to(sum().named("total")).advice("keep it, as a uid"),
                change("A state is added to an operator")
                        .from(sum())
                        .to(keeping(
                                "private transient ValueState<Integer> state; private transient ValueState<Integer> count;",
                                "state = getRuntimeContext().getState(new ValueStateDescriptor<>(\"state\", Integer.class));"
                                        + " count = getRuntimeContext().getState("
                                        + "new ValueStateDescriptor<>(\"count\", Integer.class));",
                                "int sum = (state.value() == null ? 0 : state.value()) + event.value(); state.update(sum);"
                                        + " count.update(1); out.collect(event.key() + \"=\" + sum);"))
                        .advice("nothing; it is empty at first"),
                change("A state is removed from an operator")
                        .from(keeping(
                                "private transient ValueState<Integer> state; private transient ValueState<Integer> count;",
                                "state = getRuntimeContext().getState(new ValueStateDescriptor<>(\"state\", Integer.class));"
                                        + " count = getRuntimeContext().getState("
                                        + "new ValueStateDescriptor<>(\"count\", Integer.class));",
                                "int sum = (state.value() == null ? 0 : state.value()) + event.value(); state.update(sum);"
                                        + " count.update(1); out.collect(event.key() + \"=\" + sum);"))
                        .to(sum())
                        .advice("nothing; it stays in the snapshots, unseen, until the state is migrated"),
                change("`ValueState<Integer>` becomes `ValueState<Long>`")
                        .from(sum())
                        .to(sum().keeps("Long", "(before == null ? 0L : before) + event.value()", "now"))
                        .advice("a state of another name, filled from the old one when a key is next seen"),
                change("`ValueState` becomes `ListState` of the same name")
                        .from(sum())
                        .to(listOfValues())
                        .advice("another name"),
                change("`ListState` becomes `MapState` of the same name")
                        .from(listOfValues())
                        .to(mapOfValues())
                        .advice("another name"),
                change("`ListState` becomes `MapState` of another name")
                        .from(listOfValues())
                        .to(mapOfValues().replacing("\"state\"", "\"by-value\""))
                        .advice("read both: move a key's entries over when it is next seen"),
                change("TTL is switched on")
                        .from(sum())
                        .to(sum().configured(TTL.formatted(1)))
                        .advice("nothing; the time begins with the restore"),
                change("TTL is switched off")
                        .from(sum().configured(TTL.formatted(1)))
                        .to(sum())
                        .advice(NOTHING),
                change("TTL is longer")
                        .from(sum().configured(TTL.formatted(1)))
                        .to(sum().configured(TTL.formatted(9)))
                        .advice(NOTHING),
                change("Operator state: even-split list becomes union list")
                        .from(operatorState("getListState"))
                        .to(operatorState("getUnionListState"))
                        .expecting("all=18", "all=38")
                        .advice("another name"),
                change("Operator state: list becomes broadcast state")
                        .from(operatorState("getListState"))
                        .to(operatorState("getListState")
                                .replacing(
                                        "state = context",
                                        "context.getOperatorStateStore().getBroadcastState("
                                                + "new MapStateDescriptor<>(\"state\", Integer.class, Integer.class));\n"
                                                + "state = context")
                                .replacing("new ListStateDescriptor<>(\"state\"", "new ListStateDescriptor<>(\"list\""))
                        .expecting("all=18", "all=38")
                        .advice("read both, and move the entries over"));
    }

    private static List<Change> keys() {
        return List.of(
                change("The key's type: `String` to `Integer`")
                        .from(sum())
                        .to(sum().keyedBy("Integer", "event.key().charAt(0) - 'a'"))
                        .advice("migrate the savepoint, or begin anew from history"),
                change("The key's type: `String` to a record with that `String`")
                        .from(sum())
                        .to(sum().with("public record Account(String id) {}\n")
                                .keyedBy("Account", "new Account(event.key())"))
                        .advice("migrate the savepoint, or begin anew from history"),
                change("A record as key: a field is added")
                        .from(sum().with("public record Account(String id) {}\n")
                                .keyedBy("Account", "new Account(event.key())"))
                        .to(sum().with("public record Account(String id, int branch) {}\n")
                                .keyedBy("Account", "new Account(event.key(), 0)"))
                        .advice("migrate the savepoint, or begin anew from history"),
                change("What the key is made of, of the same type: here two accounts change places")
                        .from(sum())
                        .to(sum().keyedBy("String", "event.key().equals(\"a\") ? \"b\" : \"a\""))
                        .advice("a new uid, or migrate: Flink compares types, not meanings"),
                change("What the key is made of, of the same type: finer")
                        .from(sum())
                        .to(sum().keyedBy("String", "event.key() + event.value() % 2"))
                        .advice("a new uid, or migrate"));
    }

    /** Two steps with state, which count the same. */
    private static Query twoSteps(String first, String second) {
        return of("""
                public static class Keep extends KeyedProcessFunction<String, Event, Event> {
                    private final int times;
                    private transient ValueState<Integer> state;

                    Keep(int times) {
                        this.times = times;
                    }

                    @Override
                    public void open(OpenContext context) {
                        state = getRuntimeContext().getState(new ValueStateDescriptor<>("state", Integer.class));
                    }

                    @Override
                    public void processElement(Event event, Context context, Collector<Event> out) throws Exception {
                        int now = (state.value() == null ? 0 : state.value()) + times * event.value();
                        state.update(now);
                        out.collect(new Event(event.key(), now, event.at()));
                    }
                }

                public static void define(DataStream<Event> events, Sink<String> results) {
                    DataStream<Event> plain = events.keyBy(Event::key).process(new Keep(1)).uid("%s");
                    DataStream<Event> hundredfold = events.keyBy(Event::key).process(new Keep(100)).uid("%s");
                    plain.union(hundredfold).map(event -> event.key() + "=" + event.value()).uid("show")
                            .sinkTo(results).uid("results");
                }
                """.formatted(first, second));
    }

    private static Query before(String step) {
        return of(sum().members().replace("events.keyBy(", "events" + step + ".keyBy("));
    }

    private static Query after(String step) {
        return of(sum().members().replace(".uid(\"keep\")", ".uid(\"keep\")" + step));
    }

    private static final String COUNTED =
            "\n.keyBy(Event::key).process(new KeyedProcessFunction<String, Event, Event>() {\n"
                    + "private transient ValueState<Integer> seen;\n"
                    + "@Override public void open(OpenContext context) {"
                    + " seen = getRuntimeContext().getState(new ValueStateDescriptor<>(\"seen\", Integer.class)); }\n"
                    + "@Override public void processElement(Event event, Context context, Collector<Event> out)"
                    + " throws Exception { seen.update(1); out.collect(event); } }).uid(\"seen\")";

    private static List<Change> operators() {
        return List.of(
                change("uid").from(sum()).to(sum().uid("keep-2")).advice("keep it; it is the state's address"),
                change("uid, with `ignore-unclaimed-state`")
                        .from(sum())
                        .to(sum().uid("keep-2"))
                        .lenient()
                        .advice("use the flag for operators that are gone, and look at what it ignores"),
                change("The uids of two operators with the same state are swapped")
                        .from(twoSteps("plain", "hundredfold"))
                        .to(twoSteps("hundredfold", "plain"))
                        .expecting("a=13", "b=25", "a=1300", "b=2500")
                        .advice("never use a uid for something else"),
                change("No uid, nothing changed")
                        .from(sum().uid(null).set("pipeline.auto-generate-uids", true))
                        .to(sum().uid(null).set("pipeline.auto-generate-uids", true))
                        .advice("give uids: `pipeline.auto-generate-uids: false` insists"),
                change("No uid, an operator added in front")
                        .from(sum().uid(null).set("pipeline.auto-generate-uids", true))
                        .to(of(sum().uid(null)
                                        .members()
                                        .replace("events.keyBy(", "events.filter(event -> true).keyBy("))
                                .set("pipeline.auto-generate-uids", true))
                        .advice("give uids; once without, `setUidHash` with the operator's id of the old savepoint"),
                change("uid given to an operator that had none")
                        .from(sum().uid(null).set("pipeline.auto-generate-uids", true))
                        .to(sum())
                        .advice("migrate the savepoint, or `setUidHash` with the operator's id of the old one"),
                change("The operator's class is renamed")
                        .from(sum())
                        .to(sum().function("KeepSums"))
                        .advice(NOTHING),
                change("An operator without state is added")
                        .from(sum())
                        .to(before(".filter(event -> true).uid(\"all\")"))
                        .advice(NOTHING),
                change("An operator with state is added")
                        .from(sum())
                        .to(before(COUNTED))
                        .advice("nothing; it is empty at first"),
                change("An operator with state is removed")
                        .from(before(COUNTED))
                        .to(sum())
                        .advice("`ignore-unclaimed-state`, if it is meant"),
                change("An operator with state is removed, with `ignore-unclaimed-state`")
                        .from(before(COUNTED))
                        .to(sum())
                        .lenient()
                        .advice(NOTHING),
                change("An operator without state is removed")
                        .from(before(".filter(event -> true).uid(\"all\")"))
                        .to(sum())
                        .advice(NOTHING),
                change("Chaining is switched off")
                        .from(sum())
                        .to(after(".disableChaining()"))
                        .advice(NOTHING),
                change("Operators in another order")
                        .from(before(COUNTED + ".filter(event -> true).uid(\"all\")"))
                        .to(before(".filter(event -> true).uid(\"all\")" + COUNTED))
                        .advice(NOTHING));
    }

    private static Query windows(String assigner) {
        return windows(assigner, "(one, two) -> new Event(one.key(), one.value() + two.value(), two.at())");
    }

    private static Query windows(String assigner, String reduce) {
        return of("""
                public static void define(DataStream<Event> events, Sink<String> results) {
                    events.keyBy(Event::key)
                            .window(%s)
                            .reduce(%s)
                            .uid("windows")
                            .map(event -> event.key() + "=" + event.value()).uid("show")
                            .sinkTo(results).uid("results");
                }
                """.formatted(assigner, reduce));
    }

    private static String tumbling(int seconds) {
        return "TumblingEventTimeWindows.of(java.time.Duration.ofSeconds(" + seconds + "))";
    }

    private static List<Change> logic() {
        String sliding =
                "SlidingEventTimeWindows.of(java.time.Duration.ofSeconds(60), java.time.Duration.ofSeconds(30))";
        String sessions = "EventTimeSessionWindows.withGap(java.time.Duration.ofSeconds(60))";
        return List.of(
                change("A window's aggregate: sum to largest")
                        .from(windows(tumbling(60)))
                        .to(windows(tumbling(60), "(one, two) -> one.value() > two.value() ? one : two"))
                        .expecting("a=10", "b=20")
                        .events("a 6 0", "a 7 1", "b 50 0")
                        .then("a 10 2", "b 20 2")
                        .expecting("a=10", "b=50")
                        .advice("a new uid: what is in state is a sum"),
                change("A state's meaning: sum to largest")
                        .from(sum())
                        .to(sum().next("Math.max(before == null ? 0 : before, event.value())"))
                        .events("a 6 0", "a 7 1", "b 5 0")
                        .expecting("a=10", "b=20")
                        .advice("a new uid or a new name of the state"),
                change("Tumbling windows: one minute to two")
                        .from(windows(tumbling(60)))
                        .to(windows(tumbling(120)))
                        .advice(
                                "drain before the change, or begin anew from history: windows that are open stay as they are"),
                change("Tumbling windows to sliding windows")
                        .from(windows(tumbling(60)))
                        .to(windows(sliding))
                        .expecting("a=13", "a=13", "b=25", "b=25")
                        .advice("a new uid, and begin anew from history"),
                change("Tumbling windows to session windows")
                        .from(windows(tumbling(60)))
                        .to(windows(sessions))
                        .advice("a new uid, and begin anew from history"),
                change("A filter is added before the state")
                        .from(sum())
                        .to(before(".filter(event -> event.value() > 1).uid(\"large\")"))
                        .expecting("a=12", "b=25")
                        .advice("as meant, or a new uid: the state has what the filter would have left out"));
    }

    private static List<Change> parallelism() {
        String max = "pipeline.max-parallelism";
        return List.of(
                change("Parallelism: 1 to 3")
                        .from(sum())
                        .to(sum().set("parallelism.default", 3))
                        .advice(NOTHING),
                change("Parallelism: 3 to 1")
                        .from(sum().set("parallelism.default", 3))
                        .to(sum())
                        .advice(NOTHING),
                change("Max parallelism, explicit: 64 to 128")
                        .from(sum().set(max, 64))
                        .to(sum().set(max, 128))
                        .advice("choose it for the life of the job; later only the State Processor API changes it"),
                change("Max parallelism, explicit: 64 to 32")
                        .from(sum().set(max, 64))
                        .to(sum().set(max, 32))
                        .advice("as above"),
                change("Max parallelism: from 128 by default to an explicit 64")
                        .from(sum())
                        .to(sum().set(max, 64))
                        .advice("as above"),
                change("Max parallelism: from 128 by default to an explicit 128")
                        .from(sum())
                        .to(sum().set(max, 128))
                        .advice(NOTHING),
                change("Max parallelism: from an explicit 64 to the default")
                        .from(sum().set(max, 64))
                        .to(sum())
                        .advice("nothing; it stays 64"),
                change("Parallelism above the max parallelism of the snapshot")
                        .from(sum().set(max, 2))
                        .to(sum().set("parallelism.default", 3))
                        .advice("migrate the savepoint"));
    }

    private static final String BACKEND = "state.backend.type";
    private static final String INCREMENTAL = "execution.checkpointing.incremental";

    private static Query rocksdb(Query query) {
        return query.set(BACKEND, "rocksdb");
    }

    private static Query incremental(Query query) {
        return rocksdb(query).set(INCREMENTAL, true);
    }

    private static Query timers(String where) {
        return rocksdb(windows(tumbling(60))).set("state.backend.rocksdb.timer-service.factory", where);
    }

    private static Query unaligned(Query query) {
        return query.set("execution.checkpointing.unaligned.enabled", true)
                .set("execution.buffer-timeout.interval", "0 ms");
    }

    private static Query asynchronous() {
        return of(sum().members()
                .replace(
                        "private transient ValueState",
                        "private transient org.apache.flink.api.common.state.v2.ValueState")
                .replace(
                        "ValueStateDescriptor<Integer> descriptor = new ValueStateDescriptor",
                        "var descriptor = new org.apache.flink.api.common.state.v2.ValueStateDescriptor")
                .replace(
                        "new org.apache.flink.api.common.state.v2.ValueStateDescriptor<>",
                        "new org.apache.flink.api.common.state.v2.ValueStateDescriptor<Integer>")
                .replace(
                        "events.keyBy(key, TypeInformation.of(String.class))",
                        "events.keyBy(key, TypeInformation.of(String.class)).enableAsyncState()"));
    }

    /** With records of a class of its own between its operators. */
    private static Query own(String fields, String arguments) {
        return of("public record Own(" + fields + ") {}\n"
                + sum().members()
                        .replace("Event", "Own")
                        .replace("DataStream<Own> events", "DataStream<Event> events")
                        .replace(
                                "events.keyBy(",
                                "events.map(event -> new Own(" + arguments
                                        + ")).returns(Own.class).uid(\"own\").keyBy("));
    }

    private static List<Change> snapshots() {
        String[] hundred = IntStream.range(0, 100)
                .mapToObj(i -> (i % 2 == 0 ? "a" : "b") + " 1 0")
                .toArray(String[]::new);
        return List.of(
                change("hashmap to rocksdb").from(sum()).to(rocksdb(sum())).advice(NOTHING),
                change("rocksdb to hashmap").from(rocksdb(sum())).to(sum()).advice(NOTHING),
                change("hashmap to rocksdb, native savepoint")
                        .from(sum())
                        .to(rocksdb(sum()))
                        .by(Snapshot.NATIVE_SAVEPOINT)
                        .failing(
                                "with whatever the bytes happen to mean: `EOFException`, `ArrayIndexOutOfBoundsException`")
                        .advice("a canonical savepoint"),
                change("rocksdb to hashmap, native savepoint")
                        .from(rocksdb(sum()))
                        .to(sum())
                        .by(Snapshot.NATIVE_SAVEPOINT)
                        .advice("a canonical savepoint"),
                change("hashmap, native savepoint")
                        .from(sum())
                        .to(record().with("").keeps("Integer", "(before == null ? 0 : before) + event.value()", "now"))
                        .by(Snapshot.NATIVE_SAVEPOINT)
                        .advice(NOTHING),
                change("rocksdb, native savepoint, parallelism 1 to 3")
                        .from(rocksdb(sum()))
                        .to(rocksdb(sum()).set("parallelism.default", 3))
                        .by(Snapshot.NATIVE_SAVEPOINT)
                        .advice(NOTHING),
                change("rocksdb, full checkpoint, parallelism 1 to 3")
                        .from(rocksdb(sum()))
                        .to(rocksdb(sum()).set("parallelism.default", 3))
                        .by(Snapshot.CHECKPOINT)
                        .advice("nothing; Flink promises it for savepoints only"),
                change("rocksdb, incremental checkpoint")
                        .from(incremental(sum()))
                        .to(incremental(sum()))
                        .by(Snapshot.CHECKPOINT)
                        .advice(NOTHING),
                change("rocksdb, incremental checkpoint, a field is added to the state")
                        .from(incremental(pojo("int")))
                        .to(incremental(sum().with(
                                        "public static class Sum { public int sum; public String unit; public Sum() {} Sum(int sum) { this.sum = sum; } }\n")
                                .keeps("Sum", "new Sum((before == null ? 0 : before.sum) + event.value())", "now.sum")))
                        .by(Snapshot.CHECKPOINT)
                        .advice("nothing; Flink promises it for savepoints only"),
                change("rocksdb to hashmap, incremental checkpoint")
                        .from(incremental(sum()))
                        .to(sum())
                        .by(Snapshot.CHECKPOINT)
                        .advice("a canonical savepoint"),
                change("rocksdb, incremental to full checkpoints")
                        .from(incremental(sum()))
                        .to(rocksdb(sum()))
                        .by(Snapshot.CHECKPOINT)
                        .advice(NOTHING),
                change("Snapshot compression is switched on")
                        .from(sum())
                        .to(sum().set("execution.checkpointing.snapshot-compression", true))
                        .advice(NOTHING),
                change("Timers from the heap to rocksdb, canonical savepoint")
                        .from(timers("HEAP"))
                        .to(timers("ROCKSDB"))
                        .advice(NOTHING),
                change("Timers from the heap to rocksdb, native savepoint")
                        .from(timers("HEAP"))
                        .to(timers("ROCKSDB"))
                        .by(Snapshot.NATIVE_SAVEPOINT)
                        .advice(NOTHING),
                change("Timers from rocksdb to the heap, native savepoint")
                        .from(timers("ROCKSDB"))
                        .to(timers("HEAP"))
                        .by(Snapshot.NATIVE_SAVEPOINT)
                        .advice(NOTHING),
                change("Unaligned checkpoint with records in flight")
                        .from(unaligned(sum()))
                        .to(unaligned(sum()))
                        .events(hundred)
                        .inFlight()
                        .expecting("a=60", "b=70")
                        .advice(NOTHING),
                change("Unaligned checkpoint with records in flight, parallelism 1 to 3")
                        .from(unaligned(sum()))
                        .to(unaligned(sum()).set("parallelism.default", 3))
                        .events(hundred)
                        .inFlight()
                        .expecting("a=60", "b=70")
                        .advice("nothing; Flink promises it for savepoints only"),
                change("Unaligned checkpoint with records in flight, aligned afterwards")
                        .from(unaligned(sum()))
                        .to(sum())
                        .events(hundred)
                        .inFlight()
                        .expecting("a=60", "b=70")
                        .advice(NOTHING),
                change("Unaligned checkpoint with records in flight, a field is added to them")
                        .from(unaligned(own("String key, int value", "event.key(), event.value()")))
                        .to(unaligned(own("String key, int value, int more", "event.key(), event.value(), 0")))
                        .events(hundred)
                        .inFlight()
                        .expecting("a=60", "b=70")
                        .advice("a savepoint: it is aligned and has no records in flight"),
                change("Unaligned checkpoint with records in flight, an operator added in front")
                        .from(unaligned(sum()))
                        .to(unaligned(before(".filter(event -> true).uid(\"all\")")))
                        .events(hundred)
                        .inFlight()
                        .expecting("a=60", "b=70")
                        .advice("a savepoint: it is aligned and has no records in flight"),
                change("Asynchronous state, canonical savepoint")
                        .from(asynchronous())
                        .to(asynchronous())
                        .advice("a native savepoint"),
                change("Asynchronous state, native savepoint")
                        .from(asynchronous())
                        .to(asynchronous())
                        .by(Snapshot.NATIVE_SAVEPOINT)
                        .advice(NOTHING),
                change("State is no longer asynchronous")
                        .from(asynchronous())
                        .to(sum())
                        .by(Snapshot.NATIVE_SAVEPOINT)
                        .advice(NOTHING),
                change("State becomes asynchronous")
                        .from(sum())
                        .to(asynchronous())
                        .by(Snapshot.NATIVE_SAVEPOINT)
                        .advice("nothing; from then on canonical savepoints fail"));
    }

    private static Query kryo(String fields, String arguments) {
        return sum().with("public static class Sum { final int sum; %s Sum(int sum) { this.sum = sum; } }\n"
                        .formatted(fields))
                .keeps("Sum", "new Sum((before == null ? 0 : before.sum) + event.value())", "now.sum")
                .set("pipeline.generic-types", true);
    }

    private static Query ownSerializer(String name, String superclass) {
        return sum().with("""
                public static class %s extends TypeSerializerSingleton<Integer> {
                    public Integer createInstance() { return 0; }
                    public Integer copy(Integer from) { return from; }
                    public Integer copy(Integer from, Integer reuse) { return from; }
                    public boolean isImmutableType() { return true; }
                    public int getLength() { return 4; }
                    public void serialize(Integer value, DataOutputView out) throws java.io.IOException { out.writeInt(%s); }
                    public Integer deserialize(DataInputView in) throws java.io.IOException { return %s; }
                    public Integer deserialize(Integer reuse, DataInputView in) throws java.io.IOException { return deserialize(in); }
                    public void copy(DataInputView in, DataOutputView out) throws java.io.IOException { out.writeInt(in.readInt()); }
                    public TypeSerializerSnapshot<Integer> snapshotConfiguration() { return new Snapshot(); }
                    public static class Snapshot extends SimpleTypeSerializerSnapshot<Integer> { public Snapshot() { super(%s::new); } }
                }
                """.formatted(
                                name,
                                superclass.isEmpty() ? "value" : "-value",
                                superclass.isEmpty() ? "in.readInt()" : "-in.readInt()",
                                name))
                .typed("new SerializedType<>(Integer.class, new " + name + "())");
    }

    private static List<Change> serializers() {
        return List.of(
                change("Kryo: a field is added to the class")
                        .from(kryo("", ""))
                        .to(kryo("String unit;", ""))
                        .advice("no Kryo: a POJO or a record; `pipeline.generic-types: false` in the tests"),
                change("Kryo: the class becomes a POJO")
                        .from(kryo("", ""))
                        .to(pojo("int"))
                        .advice("migrate"),
                change("Kryo: the class is registered")
                        .from(kryo("", ""))
                        .to(
                                kryo("", "")
                                        .replacing(
                                                "KeySelector<Event, String> key",
                                                "((SerializerConfigImpl) events.getExecutionEnvironment().getConfig().getSerializerConfig()).registerKryoType(Sum.class);\nKeySelector<Event, String> key"))
                        .advice("nothing, but better no Kryo"),
                change("A serializer of one's own is replaced by another class")
                        .from(ownSerializer("Plain", ""))
                        .to(ownSerializer("Better", ""))
                        .advice(
                                "`resolveSchemaCompatibility` of the new one's snapshot says that it can read the old one's state"),
                change("A serializer of one's own writes another format under the same name")
                        .from(ownSerializer("Plain", ""))
                        .to(ownSerializer("Plain", "negative"))
                        .advice("a version in its snapshot, and `compatibleAfterMigration`"));
    }

    /** The sum in a generic record of that schema, the fields with ' for ". */
    private static Query avro(String name, String fields, String sum, String number) {
        return sum().with("""
                static final org.apache.avro.Schema SCHEMA = new org.apache.avro.Schema.Parser()
                        .parse("{'type':'record','name':'%s','fields':[%s]}".replace('\\'', '"'));

                static org.apache.avro.generic.GenericRecord next(org.apache.avro.generic.GenericRecord before, int value) {
                    %s sum = (before == null ? 0 : (%s) before.get("%s")) + value;
                    return new org.apache.avro.generic.GenericRecordBuilder(SCHEMA).set("%s", sum).build();
                }
                """.formatted(name, fields, number, number, sum, sum))
                .keeps(
                        "org.apache.avro.generic.GenericRecord",
                        "next(before, event.value())",
                        "now.get(\"" + sum + "\")")
                .typed("new org.apache.flink.formats.avro.typeutils.GenericRecordAvroTypeInfo(SCHEMA)");
    }

    private static List<Change> avro() {
        String sum = "{'name':'sum','type':'int'}";
        String unit = ",{'name':'unit','type':'string','default':'EUR'}";
        Query before = avro("Sum", sum, "sum", "int");
        String withDefault = "{'name':'total','type':'int','default':0}";
        String withAlias = "{'name':'total','type':'int','aliases':['sum']}";
        String wider = "{'name':'sum','type':'long'}";
        String count = "{'name':'count','type':'int','default':7}";
        String onTheHeap =
                "on the heap a generic record keeps its old schema until it is written anew: ask it for that,"
                        + " or keep a POJO instead";
        String byPlace =
                "nothing, but by luck: on RocksDB a field takes over what stood in its place, whatever its name";
        return List.of(
                change("A field with a default is added")
                        .from(before)
                        .to(avro("Sum", sum + unit, "sum", "int"))
                        .advice(NOTHING),
                change("A field without a default is added")
                        .from(before)
                        .to(avro("Sum", sum + ",{'name':'unit','type':'string'}", "sum", "int"))
                        .advice("give it a default"),
                change("A field is removed")
                        .from(avro("Sum", sum + unit, "sum", "int"))
                        .to(before)
                        .advice(NOTHING),
                change("A field is renamed")
                        .from(before)
                        .to(avro("Sum", "{'name':'total','type':'int'}", "total", "int"))
                        .advice("a new field beside the old one"),
                change("A field is renamed and has a default")
                        .from(before)
                        .to(avro("Sum", withDefault, "total", "int"))
                        .advice(onTheHeap),
                change("A field is renamed and has a default, rocksdb")
                        .from(rocksdb(avro("Sum", sum, "sum", "int")))
                        .to(rocksdb(avro("Sum", withDefault, "total", "int")))
                        .advice(byPlace),
                change("A field is renamed, with the old name as an alias")
                        .from(before)
                        .to(avro("Sum", withAlias, "total", "int"))
                        .advice(onTheHeap),
                change("A field is renamed, with the old name as an alias, rocksdb")
                        .from(rocksdb(avro("Sum", sum, "sum", "int")))
                        .to(rocksdb(avro("Sum", withAlias, "total", "int")))
                        .advice(byPlace),
                change("A field's type: `int` to `long`")
                        .from(before)
                        .to(avro("Sum", wider, "sum", "long"))
                        .advice(onTheHeap),
                change("A field's type: `int` to `long`, rocksdb")
                        .from(rocksdb(avro("Sum", sum, "sum", "int")))
                        .to(rocksdb(avro("Sum", wider, "sum", "long")))
                        .advice(NOTHING),
                change("Two fields change places")
                        .from(avro("Sum", sum + "," + count, "sum", "int"))
                        .to(avro("Sum", count + "," + sum, "sum", "int"))
                        .advice(NOTHING),
                change("Two fields change places, rocksdb")
                        .from(rocksdb(avro("Sum", sum + "," + count, "sum", "int")))
                        .to(rocksdb(avro("Sum", count + "," + sum, "sum", "int")))
                        .advice("leave each field in its place, and add new ones at the end"),
                change("A field's type: `long` to `int`")
                        .from(avro("Sum", wider, "sum", "long"))
                        .to(before)
                        .advice(MIGRATE),
                change("The record is renamed")
                        .from(before)
                        .to(avro("Total", sum, "sum", "int"))
                        .advice("keep the name"));
    }
}
