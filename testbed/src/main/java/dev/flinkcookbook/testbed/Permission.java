package dev.flinkcookbook.testbed;

import java.util.Locale;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * What a user of a {@link SecuredKafka} may do, or has done.
 *
 * @param resource literal or prefixed
 */
public record Permission(AclOperation operation, ResourcePattern resource) {

    /**
     * As it is written: {@code Read} on a {@code topic}; a name that ends with {@code *} is a prefix.
     *
     * @param type {@code topic}, {@code group}, {@code transactional id} or {@code cluster}
     * @throws IllegalArgumentException if Kafka has no such operation or type of a resource
     */
    public static Permission of(String operation, String type, String name) {
        AclOperation allowed = AclOperation.fromString(constant(operation));
        ResourceType on = ResourceType.fromString(constant(type));
        if (allowed.isUnknown() || on.isUnknown()) {
            throw new IllegalArgumentException("Kafka has no " + operation + " on a " + type);
        }
        ResourcePattern resource = name.endsWith("*")
                ? new ResourcePattern(on, name.substring(0, name.length() - 1), PatternType.PREFIXED)
                : new ResourcePattern(on, name, PatternType.LITERAL);
        return new Permission(allowed, resource);
    }

    private static String constant(String words) {
        return words.replace(' ', '_').toUpperCase(Locale.ROOT);
    }

    /** Whether it is this that allows the other one, of a single resource. */
    public boolean covers(Permission other) {
        return operation == other.operation
                && resource.resourceType() == other.resource.resourceType()
                && (resource.patternType() == PatternType.PREFIXED
                        ? other.resource.name().startsWith(resource.name())
                        : other.resource.name().equals(resource.name()));
    }

    AclBinding to(String user) {
        return new AclBinding(
                resource, new AccessControlEntry("User:" + user, "*", operation, AclPermissionType.ALLOW));
    }

    /** As a job says it: {@code Read on topic transfers}. */
    @Override
    public String toString() {
        String name = operation.name().charAt(0) + operation.name().substring(1).toLowerCase(Locale.ROOT);
        return name + " on " + resource.resourceType().name().replace('_', ' ').toLowerCase(Locale.ROOT) + " "
                + resource.name() + (resource.patternType() == PatternType.PREFIXED ? "*" : "");
    }
}
