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
    private final Configuration classOptions = new Configuration();
    private final Configuration testOptions = new Configuration();
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
     * Sets an option for jobs: a checkpoint interval, {@code execution.state-recovery.path} to start from a savepoint.
     * Chained to the constructor it holds for the class; called in a test, for the jobs that start from then on until the
     * end of the test. What a job sets itself wins.
     */
    public <T> FlinkExtension set(ConfigOption<T> option, T value) {
        if (flink == null) {
            classOptions.set(option, value);
        } else {
            testOptions.set(option, value);
            install();
        }
        return this;
    }

    private void install() {
        Configuration options = new Configuration(classOptions);
        options.addAll(testOptions);
        flink.install(options);
    }

    /** Lets jobs restart so often, 10 ms after each failure; without this they fail at once. Scope as in {@link #set}. */
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

    /** As {@link InProcessFlink#replaceTaskManager()}. */
    public void replaceTaskManager() {
        flink.replaceTaskManager();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        flink = context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(
                        clusterOptions.toMap(),
                        options -> InProcessFlink.started(clusterOptions),
                        InProcessFlink.class);
        install();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        install(); // Again: another class may have installed its own cluster since.
    }

    @Override
    public void afterEach(ExtensionContext context) {
        flink.cancelJobs();
        testOptions.keySet().forEach(testOptions::removeKey);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        InProcessFlink.uninstall();
    }
}
