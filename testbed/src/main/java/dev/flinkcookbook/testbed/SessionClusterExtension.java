package dev.flinkcookbook.testbed;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * {@code @ExtendWith(SessionClusterExtension.class)}: a {@link SessionCluster} of one JobManager and two TaskManagers with two slots each,
 * for constructors and methods of a test. Each class has its own; jobs that are left over are cancelled after each test.
 */
public final class SessionClusterExtension
        implements BeforeAllCallback, AfterEachCallback, AfterAllCallback, ParameterResolver {

    private SessionCluster cluster;

    @Override
    public void beforeAll(ExtensionContext context) {
        // Each job loads the classes of its jar anew, and those of jobs that have ended are given back late.
        cluster = SessionCluster.builder()
                .option("taskmanager.memory.jvm-metaspace.size", "768m")
                .start();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        cluster.rest().jobs().stream()
                .filter(job -> !job.status().isGloballyTerminalState())
                .forEach(job -> cluster.rest().cancel(job.id()));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        cluster.close();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == SessionCluster.class;
    }

    @Override
    public SessionCluster resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return cluster;
    }
}
