package dev.flinkcookbook.testbed;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.execution.RecoveryClaimMode;

/** How a jar is to be run. What is not said here, the jar's manifest and the cluster's configuration decide. */
public final class JarRun {
    private final Map<String, Object> request = new HashMap<>();

    private JarRun(List<String> arguments) {
        request.put("programArgsList", arguments);
    }

    /** With these arguments of the main method. */
    public static JarRun with(String... arguments) {
        return with(List.of(arguments));
    }

    /** As {@link #with(String...)}. */
    public static JarRun with(List<String> arguments) {
        return new JarRun(new ArrayList<>(arguments));
    }

    /** Another main class than the manifest's. */
    public JarRun mainClass(String name) {
        request.put("entryClass", name);
        return this;
    }

    /** The parallelism where the job sets none. */
    public JarRun parallelism(int parallelism) {
        request.put("parallelism", parallelism);
        return this;
    }

    /** With the state of a savepoint or of a retained checkpoint. */
    public JarRun fromSavepoint(String path) {
        request.put("savepointPath", path);
        return this;
    }

    /** Leaves out state that no operator of the job claims; without it such a savepoint is refused. */
    public JarRun allowNonRestoredState() {
        request.put("allowNonRestoredState", true);
        return this;
    }

    /** Who owns the savepoint afterwards: nobody's business ({@code NO_CLAIM}, the default), or this job, which deletes it. */
    public JarRun claimMode(RecoveryClaimMode mode) {
        request.put("claimMode", mode.name());
        return this;
    }

    /** An option of Flink for this job. */
    public JarRun option(String key, String value) {
        @SuppressWarnings("unchecked")
        Map<String, String> options =
                (Map<String, String>) request.computeIfAbsent("flinkConfiguration", unused -> new HashMap<>());
        options.put(key, value);
        return this;
    }

    Map<String, Object> request() {
        return request;
    }
}
