package dev.flinkcookbook.testbed;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;

/** What can happen to a job in production, and what {@link ChaosCommand} does to bring it about. */
public enum Fault {
    /** One task's thread is interrupted. */
    TASK_FAILURE,
    /** SIGKILL; another one takes its place. */
    TASK_MANAGER_KILL,
    /** SIGKILL of the one that leads; the other one takes over. */
    JOB_MANAGER_KILL,
    /** SIGKILL; it is started again on what was written to its disk. */
    BROKER_KILL,
    /** SIGSTOP for some seconds: connections stay open and nobody answers, as in a partition of the network. */
    BROKER_PAUSE,
    /** The checkpoint folder is a file for some seconds: a full or unmounted disk, which stops even root. */
    CHECKPOINT_STORAGE_REFUSES,
    /** Stop with a canonical savepoint, and resume from it. */
    STOP_AND_RESUME_CANONICAL,
    /** Stop with a native savepoint, and resume from it. */
    STOP_AND_RESUME_NATIVE,
    /** Stop with a savepoint, and resume from it with another parallelism. */
    RESCALE,
    /** SIGKILL of what reads a database for the job's input; it is started again on the offsets that it had written. */
    CONNECTOR_KILL,
    /** SIGSTOP of it for some seconds: the database keeps its log for it. */
    CONNECTOR_PAUSE,
    /** SIGKILL of the database that the input comes from; it is started again and recovers from its log. */
    DATABASE_KILL;

    /** Those that any job can suffer. The others happen to jobs whose {@link Recipe#faults()} offers them. */
    static final List<Fault> OF_ANY_JOB = List.copyOf(EnumSet.range(TASK_FAILURE, RESCALE));

    /** So that its job restarts, under the same JobManager. */
    boolean failsATask() {
        return this == TASK_FAILURE || this == TASK_MANAGER_KILL;
    }

    /** As in the tables: {@code task-manager-kill}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
