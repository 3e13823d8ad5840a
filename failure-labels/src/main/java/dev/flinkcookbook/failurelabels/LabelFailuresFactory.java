package dev.flinkcookbook.failurelabels;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.failure.FailureEnricher;
import org.apache.flink.core.failure.FailureEnricherFactory;

/** What Flink looks for in {@code plugins/}; it is named in {@code META-INF/services}. */
public final class LabelFailuresFactory implements FailureEnricherFactory {

    @Override
    public FailureEnricher createFailureEnricher(Configuration configuration) {
        return new LabelFailures();
    }
}
