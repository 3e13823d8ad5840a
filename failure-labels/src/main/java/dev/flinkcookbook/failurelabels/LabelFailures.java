package dev.flinkcookbook.failurelabels;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.core.failure.FailureEnricher;

/** Labels each failure with its {@code kind}: {@code user-code}, {@code kafka}, {@code state}, {@code external}, … */
public final class LabelFailures implements FailureEnricher {

    static final String KIND = "kind";

    @Override
    public Set<String> getOutputKeys() {
        return Set.of(KIND);
    }

    @Override
    public CompletableFuture<Map<String, String>> processFailure(Throwable cause, Context context) {
        FailureKind kind = FailureKind.of(cause);
        // Flink says it when a TaskManager was lost; the exception may be any.
        boolean lost = kind == FailureKind.FLINK
                && context.getFailureType() == FailureEnricher.Context.FailureType.TASK_MANAGER;
        return CompletableFuture.completedFuture(Map.of(KIND, (lost ? FailureKind.INFRASTRUCTURE : kind).toString()));
    }
}
