package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.awaitility.Awaitility;

/**
 * The versions of a job on a cluster, one after the other: each from its own jar, in a class loader of its own, and from the savepoint
 * that the one before was stopped with.
 */
final class VersionRuns {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final InProcessFlink flink;
    private final Configuration settings;
    private final List<Path> jars;
    private final String[] flags;

    /** What the next version is to start from; null while no upgrade is under way. */
    private final AtomicReference<CompletableFuture<String>> next = new AtomicReference<>();

    /** @param settings of each job */
    VersionRuns(InProcessFlink flink, Configuration settings, Scenario.Versions versions) {
        this.flink = flink;
        this.settings = settings;
        this.jars = versions.jars();
        this.flags = versions.flags().toArray(String[]::new);
        for (Path jar : jars) {
            if (!Files.exists(jar)) {
                throw new IllegalStateException(jar + " is not there: ./mvnw package makes it");
            }
        }
    }

    int upgrades() {
        return jars.size() - 1;
    }

    /** Runs the first version and those that follow it, in this thread, until one ends that is not replaced. */
    void run() throws Exception {
        String savepoint = null;
        for (Path jar : jars) {
            runMain(jar, savepoint);
            CompletableFuture<String> upgrade = next.getAndSet(null);
            if (upgrade == null) {
                return;
            }
            savepoint = upgrade.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private void runMain(Path jar, String savepoint) throws Exception {
        Configuration ofTheVersion = new Configuration(settings);
        ofTheVersion.set(PipelineOptions.JARS, List.of(jar.toUri().toString()));
        if (savepoint != null) {
            ofTheVersion.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        }
        flink.install(ofTheVersion);
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, before)) {
            Thread.currentThread().setContextClassLoader(loader);
            loader.loadClass(mainClass(jar)).getMethod("main", String[].class).invoke(null, (Object) flags);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private static String mainClass(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.getManifest().getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
        }
    }

    /** Stops the version that runs with a savepoint, and returns when the next one runs. */
    void upgrade() throws Exception {
        JobID before = jobs(state -> !state.isGloballyTerminalState()).get(0); // It may be about to restart.
        CompletableFuture<String> savepoint = new CompletableFuture<>();
        next.set(savepoint);
        savepoint.complete(RunCommand.stop(flink.client(), before, false));
        Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> !jobs(JobStatus.RUNNING::equals).isEmpty());
    }

    private List<JobID> jobs(Predicate<JobStatus> which) throws Exception {
        return flink.client().listJobs().get().stream()
                .filter(job -> which.test(job.getJobState()))
                .map(JobStatusMessage::getJobId)
                .toList();
    }
}
