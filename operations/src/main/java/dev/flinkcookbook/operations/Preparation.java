package dev.flinkcookbook.operations;

import dev.flinkcookbook.operations.Checks.Found;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.FlinkRestException;
import dev.flinkcookbook.testbed.JarRun;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;

/** The checks that both strategies make, while nothing is touched but the cluster's store of jars. */
final class Preparation {
    /**
     * A version that is ready to be started.
     *
     * @param jarId of the uploaded jar
     */
    record Ready(JarVersion version, Graph graph, String jarId) {
        JarRun run() {
            return version.run();
        }
    }

    private final UpgradeRequest request;
    private final FlinkRest rest;
    private final Checks checks;
    private final Display display;

    Preparation(UpgradeRequest request, FlinkRest rest, Checks checks, Display display) {
        this.request = request;
        this.rest = rest;
        this.checks = checks;
        this.display = display;
    }

    Optional<FlinkRest.Overview> cluster() {
        return checks.check("jobmanager", () -> {
            FlinkRest.Overview overview = rest.overview();
            return new Found<>(
                    overview,
                    request.jobManager() + " has " + overview.taskManagers() + " TaskManagers and "
                            + overview.freeSlots() + " free slots");
        });
    }

    Optional<JobID> runningJob() {
        return checks.check("job", () -> {
            List<FlinkRest.Job> running = rest.jobs().stream()
                    .filter(job -> job.status() == JobStatus.RUNNING)
                    .toList();
            List<FlinkRest.Job> named = running.stream()
                    .filter(job -> job.name().equals(request.jobName()))
                    .toList();
            if (named.isEmpty()) {
                throw new IllegalStateException("no job named '" + request.jobName() + "' is running; running are: "
                        + running.stream().map(FlinkRest.Job::name).toList());
            }
            if (named.size() > 1) {
                throw new IllegalStateException(named.size() + " running jobs are named '" + request.jobName() + "': "
                        + named.stream().map(job -> job.id().toString()).toList());
            }
            JobID id = named.get(0).id();
            if (!rest.isRunning(id)) {
                throw new IllegalStateException("job " + id + " is up, but not all its tasks run");
            }
            return new Found<>(id, id + " runs with parallelism " + rest.parallelism(id));
        });
    }

    /**
     * @param what {@code new} or {@code old}
     * @param given its parallelism may be 0
     */
    Optional<Ready> version(String what, JarVersion given, JobID running) {
        Optional<String> entryClass = checks.check(what + "-jar", () -> {
            String name = EntryClass.of(given.jar(), given.entryClass());
            return new Found<>(name, given.jar().getFileName() + " has " + name);
        });
        if (entryClass.isEmpty()) {
            return Optional.empty();
        }
        JarVersion version = given.parallelism() > 0 ? given : given.withParallelism(rest.parallelism(running));
        Optional<Graph> graph = checks.check(what + "-graph", () -> {
            Graph compiled = Graph.of(version, rest.configuration());
            return new Found<>(
                    compiled,
                    "'" + compiled.name() + "' has " + compiled.vertices().size() + " steps and takes "
                            + compiled.slots() + " slots");
        });
        return graph.flatMap(compiled -> checks.check(what + "-upload", () -> {
                    String id = rest.upload(version.jar());
                    return new Found<>(id, id);
                })
                .map(id -> new Ready(version, compiled, id)));
    }

    void slots(String what, int needed, int free) {
        checks.check(what, () -> {
            if (needed > free) {
                throw new IllegalStateException("needs " + needed + ", there are " + free);
            }
            return new Found<>(free, "needs " + needed + ", there are " + free);
        });
    }

    /** Whether the old version, as the caller has told it, makes the graph that runs. */
    void sameGraph(Ready old, JobID running) {
        checks.check("old-version", () -> {
            List<String> told = old.graph().vertices().stream()
                    .map(Graph.Vertex::id)
                    .sorted()
                    .toList();
            List<String> runs = rest.vertices(running).stream()
                    .map(FlinkRest.Vertex::id)
                    .sorted()
                    .toList();
            if (!told.equals(runs)) {
                throw new IllegalStateException(
                        "the graph of " + old.version().jar().getFileName()
                                + " with these flags is not that of the running job: other uids, or chained in another way");
            }
            return new Found<>(told, "its graph is that of the running job");
        });
    }

    /** Deletes its jar from the cluster's store; one that stays there does no harm. */
    void forget(Ready version) {
        try {
            rest.deleteJar(version.jarId());
        } catch (FlinkRestException e) {
            display.step("could not delete the uploaded jar " + version.jarId() + ": " + e.getMessage());
        }
    }
}
