package dev.flinkcookbook.testbed;

import java.util.Map;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * {@code @ExtendWith(PostgresExtension.class)}: a {@link PostgresServer} for constructors and methods of a test. One server
 * serves all classes of a test JVM and is closed after the last one, so take tables that no other test has, and do not stop
 * it: a test that needs a server to stop starts its own. Prepared transactions and logical decoding are on.
 */
public final class PostgresExtension implements BeforeAllCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(PostgresExtension.class);

    @Override
    public void beforeAll(ExtensionContext context) {
        server(context); // So that the first test's own time does not hold the start.
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == PostgresServer.class;
    }

    @Override
    public PostgresServer resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return server(context);
    }

    private static PostgresServer server(ExtensionContext context) {
        return context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(
                        PostgresServer.class,
                        key -> PostgresServer.started(
                                Map.of("max_prepared_transactions", "16", "wal_level", "logical")),
                        PostgresServer.class);
    }
}
