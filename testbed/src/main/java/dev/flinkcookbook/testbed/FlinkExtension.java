package dev.flinkcookbook.testbed;

import java.time.Duration;
import org.apache.flink.client.program.ClusterClient;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Runs the jobs of a test class on an {@link InProcessFlink}; jobs that are left over are cancelled after each test.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final FlinkExtension flink = new FlinkExtension();
 * }</pre>
 *
 * <p>One cluster serves all classes of a test JVM that ask for the same options. Not for tests that run in parallel within
 * a JVM: the environment that {@code getExecutionEnvironment()} gives is one for all threads.
 */
public final class FlinkExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private static final Namespace NAMESPACE = Namespace.create(FlinkExtension.class);

    private final Configuration clusterOptions;
    private final Configuration jobOptions = new Configuration();
    private InProcessFlink flink;

    /** With the defaults of {@link InProcessFlink}. */
    public FlinkExtension() {
        this(new Configuration());
    }

    /** On a cluster with these options, as of {@link InProcessFlink#started}. */
    public FlinkExtension(Configuration clusterOptions) {
        this.clusterOptions = clusterOptions;
    }

    /**
     * Sets an option for the jobs that start from now on until the end of the test: a checkpoint interval,
     * {@code execution.state-recovery.path} to start from a savepoint. What a job sets itself wins.
     */
    public <T> FlinkExtension set(ConfigOption<T> option, T value) {
        jobOptions.set(option, value);
        flink.install(jobOptions);
        return this;
    }

    /** Lets the jobs of this test restart so often, 10 ms after each failure; without this they fail at once. */
    public FlinkExtension restarts(int attempts) {
        set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
        return set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, attempts);
    }

    /** As {@link InProcessFlink#client()}. */
    public ClusterClient<?> client() {
        return flink.client();
    }

    /** As {@link InProcessFlink#webInterface()}. */
    public String webInterface() {
        return flink.webInterface();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        flink = context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(
                        clusterOptions.toMap(),
                        options -> InProcessFlink.started(clusterOptions),
                        InProcessFlink.class);
        flink.install(jobOptions);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        flink.install(jobOptions); // Again: another class may have installed its own cluster since.
    }

    @Override
    public void afterEach(ExtensionContext context) {
        flink.cancelJobs();
        jobOptions.keySet().forEach(jobOptions::removeKey);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        InProcessFlink.uninstall();
    }
}
