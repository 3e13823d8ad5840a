package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.SavepointFormatType;

/** A broker and a session cluster in processes of their own, the jobs on them, and the hand that does them harm. */
final class ChaosCluster implements AutoCloseable {

    /** Long enough for a process to start and for ZooKeeper to notice, on a machine that is busy. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);
    private static final Duration SHORTEST_OUTAGE = Duration.ofSeconds(1);
    private static final Duration LONGEST_OUTAGE = Duration.ofSeconds(8);
    private static final Duration TO_FETCH_METRICS = Duration.ofSeconds(1);

    /** On a busy machine; two fetches are not always enough. */
    private static final Duration TO_SHOW_A_RESTART = Duration.ofSeconds(20);

    private static final int ATTEMPTS_TO_STOP = 5;
    private static final int PARALLELISM = 2;
    private static final int OTHER_PARALLELISM = 3;

    /** Of each further job: with the first one's other parallelism they fill the slots. */
    private static final int FURTHER_PARALLELISM = 1;

    private static final class Running {
        private final Scenario.Job job;
        private int parallelism;
        private JobID id;

        Running(Scenario.Job job, int parallelism) {
            this.job = job;
            this.parallelism = parallelism;
        }
    }

    private final ChildProcessKafka kafka;
    private final SessionCluster flink;
    private final Path jar;
    private final Random random;
    private final List<Running> jobs = new ArrayList<>();
    private final Map<JobID, Long> restartsSeen = new HashMap<>();
    private long restarts;

    private ChaosCluster(ChildProcessKafka kafka, SessionCluster flink, Path jar, long seed) {
        this.kafka = kafka;
        this.flink = flink;
        this.jar = jar;
        this.random = new Random(seed);
    }

    /** Running, without a job. */
    static ChaosCluster started(Path jar, FaultSchedule schedule) {
        ChildProcessKafka kafka = ChildProcessKafka.started();
        SessionClusterBuilder flink = SessionCluster.builder()
                .checkpointInterval(CHECKPOINT_INTERVAL)
                .environment("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        if (schedule.has(Fault.JOB_MANAGER_KILL)) {
            flink.highlyAvailable();
        }
        ChaosCluster cluster;
        try {
            cluster = new ChaosCluster(kafka, flink.start(), jar, schedule.seed());
        } catch (RuntimeException e) {
            kafka.close();
            throw e;
        }
        try {
            cluster.linkCheckpoints();
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    String webInterface() {
        return flink.restAddress();
    }

    /** Submits the jar for each of the jobs; returns when all have completed a checkpoint. */
    void submit(List<Scenario.Job> submitted) {
        for (Scenario.Job job : submitted) {
            Running running = new Running(job, jobs.isEmpty() ? PARALLELISM : FURTHER_PARALLELISM);
            jobs.add(running);
            run(running, JarRun.with(job.flags()));
        }
        awaitCheckpoints();
    }

    private void run(Running running, JarRun how) {
        if (running.job.mainClass() != null) {
            how.mainClass(running.job.mainClass());
        }
        running.id = flink.rest().run(jar, how.parallelism(running.parallelism));
        flink.rest().awaitRunning(running.id, PATIENCE);
    }

    /** Waits for checkpoints that were begun from now on. */
    private void awaitCheckpoints() {
        jobs.forEach(running -> flink.rest().awaitRunning(running.id, PATIENCE));
        jobs.forEach(running -> flink.rest().awaitCheckpoint(running.id, PATIENCE));
    }

    /**
     * Brings the fault about at some moment of a checkpoint interval, takes its cause away, and returns when all jobs have completed
     * another checkpoint: from then on all their output is visible again.
     *
     * @param scenario brings about what happens to its own input
     * @return how long that took
     */
    Duration suffer(Fault fault, Scenario scenario) {
        park(Duration.ofMillis(random.nextInt((int) CHECKPOINT_INTERVAL.toMillis())));
        long since = System.nanoTime();
        switch (fault) {
            case TASK_FAILURE -> flink.failTask("");
            case TASK_MANAGER_KILL -> {
                // After a recovery all tasks may be on one; to lose the other would be no fault.
                List<Integer> busy = flink.taskManagers(oneOfTheJobs().id);
                flink.replaceTaskManager(busy.get(random.nextInt(busy.size())));
            }
            case JOB_MANAGER_KILL -> {
                flink.killLeadingJobManager();
                flink.startJobManager();
            }
            case BROKER_KILL -> {
                kafka.kill();
                kafka.start();
            }
            case BROKER_PAUSE -> {
                kafka.pause();
                park(outage());
                kafka.resume();
            }
            case CHECKPOINT_STORAGE_REFUSES -> refuseCheckpointsFor(outage());
            case STOP_AND_RESUME_CANONICAL -> resume(oneOfTheJobs(), SavepointFormatType.CANONICAL);
            case STOP_AND_RESUME_NATIVE -> resume(oneOfTheJobs(), SavepointFormatType.NATIVE);
            case RESCALE -> {
                Running first = jobs.get(0);
                first.parallelism = first.parallelism == PARALLELISM ? OTHER_PARALLELISM : PARALLELISM;
                resume(first, SavepointFormatType.CANONICAL);
            }
            case CONNECTOR_KILL, CONNECTOR_PAUSE, DATABASE_KILL -> scenario.suffer(fault, outage());
        }
        awaitCheckpoints();
        return Duration.ofNanos(System.nanoTime() - since);
    }

    private Duration outage() {
        long range = LONGEST_OUTAGE.minus(SHORTEST_OUTAGE).toMillis();
        return SHORTEST_OUTAGE.plusMillis(random.nextInt((int) range));
    }

    /**
     * Puts the checkpoints elsewhere, behind a link that is replaced in one step. With a folder there would be a moment without
     * one, in which a JobManager that begins a checkpoint makes a folder of its own.
     */
    private void linkCheckpoints() {
        try {
            Files.move(flink.checkpoints(), storage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        checkpointsAre(storage());
    }

    private Path storage() {
        return flink.folder().resolve("checkpoint-storage");
    }

    private void checkpointsAre(Path target) {
        Path link = flink.folder().resolve("checkpoints-next");
        try {
            Files.createSymbolicLink(link, target);
            Files.move(link, flink.checkpoints(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void refuseCheckpointsFor(Duration outage) {
        JobID job = jobs.get(0).id;
        long failedBefore = flink.rest().checkpoints(job).failed();
        checkpointsAre(flink.folder().resolve("conf/config.yaml")); // Any file would do.
        park(outage);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        // Otherwise the outage may have fallen between two checkpoints and have harmed nobody.
        while (flink.rest().checkpoints(job).failed() <= failedBefore) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("no checkpoint failed within " + PATIENCE.toSeconds() + " s");
            }
            park(TO_FETCH_METRICS);
        }
        checkpointsAre(storage());
    }

    private Running oneOfTheJobs() {
        return jobs.get(random.nextInt(jobs.size()));
    }

    private void resume(Running running, SavepointFormatType format) {
        run(running, JarRun.with(running.job.flags()).fromSavepoint(stop(running, false, format)));
    }

    /** A savepoint fails like any checkpoint if a task does not answer in time; the job then goes on. */
    private String stop(Running running, boolean drain, SavepointFormatType format) {
        for (int attempt = 1; ; attempt++) {
            try {
                return flink.rest().stopWithSavepoint(running.id, drain, format);
            } catch (IllegalStateException | FlinkRestException e) {
                if (attempt == ATTEMPTS_TO_STOP) {
                    throw e;
                }
                flink.rest().awaitRunning(running.id, PATIENCE);
                flink.rest().awaitCheckpoint(running.id, PATIENCE);
            }
        }
    }

    /** Stops the jobs at the end of event time, so that nothing waits for a watermark any more; each when it has caught up. */
    void drain(Runnable untilTheNextHasCaughtUp) {
        for (Running running : jobs) {
            if (running != jobs.get(0)) {
                untilTheNextHasCaughtUp.run();
            }
            stop(running, true, SavepointFormatType.CANONICAL);
        }
    }

    /**
     * Restarts of the jobs so far, when a fault is over. A JobManager counts anew when it takes over, and shows what it has counted
     * a moment later: where the fault must have restarted a job, that moment is waited for, lest the next fault take the count away.
     */
    long restarts(Fault fault) {
        long before = restarts;
        countRestarts(); // Lets the JobManager fetch the metric, and answers with what it had before.
        long deadline = System.nanoTime() + TO_SHOW_A_RESTART.toNanos();
        do {
            park(TO_FETCH_METRICS);
            countRestarts();
        } while (fault.failsATask() && restarts == before && System.nanoTime() < deadline);
        return restarts;
    }

    private void countRestarts() {
        for (Running running : jobs) {
            long now = flink.rest().restarts(running.id);
            long before = restartsSeen.getOrDefault(running.id, 0L);
            restarts += now >= before ? now - before : now;
            restartsSeen.put(running.id, now);
        }
    }

    private static void park(Duration duration) {
        long until = System.nanoTime() + duration.toNanos();
        for (long left = duration.toNanos(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    @Override
    public void close() {
        flink.close();
        kafka.close();
    }
}
