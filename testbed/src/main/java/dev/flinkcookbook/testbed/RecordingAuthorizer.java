package dev.flinkcookbook.testbed;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/** Kafka's own authorizer, which remembers what each user has done by its permission. */
public final class RecordingAuthorizer extends StandardAuthorizer {

    /** Kafka makes the instances, one for the broker and one for the controller. */
    private static final Map<String, Set<Permission>> DONE = new ConcurrentHashMap<>();

    static Set<Permission> doneBy(String user) {
        return Set.copyOf(DONE.getOrDefault(user, Set.of()));
    }

    @Override
    public List<AuthorizationResult> authorize(AuthorizableRequestContext request, List<Action> actions) {
        List<AuthorizationResult> results = super.authorize(request, actions);
        Set<Permission> done =
                DONE.computeIfAbsent(request.principal().getName(), user -> ConcurrentHashMap.newKeySet());
        for (int i = 0; i < actions.size(); i++) {
            Action action = actions.get(i);
            // A client that asks only what it would be allowed to do is not logged, and has not done it.
            if (results.get(i) == AuthorizationResult.ALLOWED && action.logIfAllowed()) {
                done.add(new Permission(action.operation(), action.resourcePattern()));
            }
        }
        return results;
    }
}
