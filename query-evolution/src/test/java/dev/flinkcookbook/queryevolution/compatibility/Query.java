package dev.flinkcookbook.queryevolution.compatibility;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A query as it stands before or after a change: a Java source and the settings it runs with. What is not said is: for each key the
 * sum of its values, kept in a {@code ValueState<Integer>}.
 */
final class Query {

    /** The class that each source declares. Before and after it has the same name, as in two commits. */
    static final String CLASS = "Query";

    private static final String IMPORTS = """
            import dev.flinkcookbook.common.SerializedType;
            import dev.flinkcookbook.queryevolution.compatibility.*;
            import java.util.*;
            import org.apache.flink.api.common.functions.*;
            import org.apache.flink.api.common.serialization.*;
            import org.apache.flink.api.common.state.*;
            import org.apache.flink.api.common.typeinfo.*;
            import org.apache.flink.api.common.typeutils.*;
            import org.apache.flink.api.common.typeutils.base.*;
            import org.apache.flink.api.connector.sink2.Sink;
            import org.apache.flink.api.java.functions.KeySelector;
            import org.apache.flink.core.memory.*;
            import org.apache.flink.runtime.state.*;
            import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
            import org.apache.flink.streaming.api.datastream.DataStream;
            import org.apache.flink.streaming.api.functions.*;
            import org.apache.flink.streaming.api.functions.co.*;
            import org.apache.flink.streaming.api.functions.windowing.*;
            import org.apache.flink.streaming.api.windowing.assigners.*;
            import org.apache.flink.streaming.api.windowing.windows.*;
            import org.apache.flink.util.Collector;
            """;

    private final Map<String, String> settings = new LinkedHashMap<>();
    private String declarations = "";
    private String function = "Keep";
    private String uid = "keep";
    private String keyType = "String";
    private String key = "event.key()";
    private String type = "Integer";
    private String typeInfo = "";
    private String stateName = "state";
    private String configure = "";
    private String next = "(before == null ? 0 : before) + event.value()";
    private String shown = "now";
    private String members;

    static Query sum() {
        return new Query();
    }

    /** The members of the class, among them {@code define}; the rest of the description counts for nothing. */
    static Query of(String members) {
        Query query = new Query();
        query.members = members;
        return query;
    }

    /** Nested classes. */
    Query with(String declarations) {
        this.declarations = declarations;
        return this;
    }

    /** The type of the state's value, what comes after {@code before} (null at first) with {@code event}, and what is shown of {@code now}. */
    Query keeps(String type, String next, String shown) {
        this.type = type;
        this.next = next;
        this.shown = shown;
        return this;
    }

    Query next(String next) {
        this.next = next;
        return this;
    }

    /** An expression, where Flink is not to find the type information by the class. */
    Query typed(String typeInfo) {
        this.typeInfo = typeInfo;
        return this;
    }

    /** A statement about {@code descriptor}. */
    Query configured(String configure) {
        this.configure = configure;
        return this;
    }

    Query named(String stateName) {
        this.stateName = stateName;
        return this;
    }

    Query keyedBy(String keyType, String key) {
        this.keyType = keyType;
        this.key = key;
        return this;
    }

    Query function(String function) {
        this.function = function;
        return this;
    }

    /** Null for none. */
    Query uid(String uid) {
        this.uid = uid;
        return this;
    }

    /** An option of the job in Flink's configuration. */
    Query set(String option, Object value) {
        settings.put(option, value.toString());
        return this;
    }

    Map<String, String> settings() {
        return settings;
    }

    /** As it is, but for a piece of its source. */
    Query replacing(String piece, String other) {
        String is = members();
        if (!is.contains(piece)) {
            throw new IllegalArgumentException("no " + piece + " in\n" + is);
        }
        return of(is.replace(piece, other)).setAll(settings);
    }

    private Query setAll(Map<String, String> settings) {
        this.settings.putAll(settings);
        return this;
    }

    /** What stands in the class. */
    String members() {
        return members == null ? standard() : members;
    }

    String source() {
        return IMPORTS + "public class " + CLASS + " {\n" + members() + "\n}\n";
    }

    private String standard() {
        return declarations
                + """
                public static class $function extends KeyedProcessFunction<$keyType, Event, String> {
                    private transient ValueState<$type> state;

                    @Override
                    public void open(OpenContext context) {
                        ValueStateDescriptor<$type> descriptor = new ValueStateDescriptor<>("$stateName", $typeInfo);
                        $configure
                        state = getRuntimeContext().getState(descriptor);
                    }

                    @Override
                    public void processElement(Event event, Context context, Collector<String> out) throws Exception {
                        Gate.pass();
                        $type before = state.value();
                        $type now = $next;
                        state.update(now);
                        out.collect(event.key() + "=" + $shown);
                    }
                }

                public static void define(DataStream<Event> events, Sink<String> results) {
                    KeySelector<Event, $keyType> key = event -> $key;
                    events.keyBy(key, TypeInformation.of($keyClass.class))
                            .process(new $function())$uid
                            .sinkTo(results).uid("results");
                }
                """.replace("$function", function)
                        .replace("$keyType", keyType)
                        .replace("$keyClass", keyType)
                        .replace("$stateName", stateName)
                        .replace("$typeInfo", typeInfo.isEmpty() ? "TypeInformation.of(" + type + ".class)" : typeInfo)
                        .replace("$type", type)
                        .replace("$configure", configure)
                        .replace("$next", next)
                        .replace("$shown", shown)
                        .replace("$uid", uid == null ? "" : ".uid(\"" + uid + "\")")
                        .replace("$key", key);
    }
}
