package dev.flinkcookbook.failurelabels;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.util.SerializedThrowable;

/** Whose failure it is. */
enum FailureKind {
    /** Of the job's own code: its owner looks at the stack trace. */
    USER_CODE,
    /** Of Kafka, or on the way to it: topics, brokers, rights, network. */
    KAFKA,
    /** Of state, checkpoints and savepoints, and where they are stored. */
    STATE,
    /** Of something else outside: a database, a web service, a name server. */
    EXTERNAL,
    /** A machine or a process is gone. */
    INFRASTRUCTURE,
    /** Of Flink itself, or not to be told. */
    FLINK;

    private static final List<String> JDK = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");
    private static final List<String> OF_KAFKA = List.of("org.apache.kafka.", "org.apache.flink.connector.kafka.");
    private static final List<String> OF_STATE = List.of(
            "org.apache.flink.runtime.checkpoint.",
            "org.apache.flink.runtime.state.",
            "org.apache.flink.state.",
            "org.apache.flink.core.fs.",
            "org.apache.flink.streaming.api.operators.BackendRestorerProcedure",
            "org.apache.flink.util.StateMigrationException",
            "org.rocksdb.");
    private static final List<String> LOST = List.of(
            "org.apache.flink.runtime.jobmaster.JobMasterException",
            "org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException",
            "org.apache.flink.runtime.io.network.netty.exception.RemoteTransportException",
            "org.apache.flink.runtime.taskexecutor.exceptions.TaskManagerException");

    /** The exceptions of the JDK that are thrown where somebody else does not answer. */
    private static final List<String> OF_OTHERS = List.of(
            "java.net.", "java.sql.", "javax.net.ssl.", "java.nio.channels.", "java.util.concurrent.TimeoutException");

    /** As it stands in the label. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What the chain of causes says; the deepest cause that says something wins, except that Kafka's own are never mistaken. */
    static FailureKind of(Throwable failure) {
        List<Throwable> causes = rootFirst(failure);
        if (causes.stream().anyMatch(cause -> startsWith(className(cause), OF_KAFKA))) {
            return KAFKA;
        }
        for (Throwable cause : causes) {
            FailureKind kind = ofOne(cause);
            if (kind != FLINK) {
                return kind;
            }
        }
        return FLINK;
    }

    private static FailureKind ofOne(Throwable cause) {
        String name = className(cause);
        if (startsWith(name, LOST)) {
            return INFRASTRUCTURE;
        }
        if (startsWith(name, OF_STATE)) {
            return STATE;
        }
        FailureKind thrownBy = Stream.of(cause.getStackTrace())
                .map(StackTraceElement::getClassName)
                .filter(thrower -> !startsWith(thrower, JDK))
                .findFirst()
                .map(FailureKind::ofThrower)
                .orElse(FLINK);
        boolean ofOthers = startsWith(name, OF_OTHERS) || cause instanceof SQLException;
        // An exception of the network, thrown from within Kafka's client or a file system, is theirs.
        return ofOthers && (thrownBy == USER_CODE || thrownBy == FLINK) ? EXTERNAL : thrownBy;
    }

    private static FailureKind ofThrower(String className) {
        if (startsWith(className, OF_KAFKA)) {
            return KAFKA;
        }
        if (startsWith(className, OF_STATE)) {
            return STATE;
        }
        return className.startsWith("org.apache.flink.") ? FLINK : USER_CODE;
    }

    private static List<Throwable> rootFirst(Throwable failure) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null && seen.add(cause); cause = cause.getCause()) {
            causes.add(0, cause);
        }
        return causes;
    }

    /** An exception whose class the JobManager does not have stands there as another one that knows its name. */
    private static String className(Throwable thrown) {
        return thrown instanceof SerializedThrowable serialized
                ? serialized.getOriginalErrorClassName()
                : thrown.getClass().getName();
    }

    private static boolean startsWith(String name, List<String> prefixes) {
        return prefixes.stream().anyMatch(name::startsWith);
    }
}
