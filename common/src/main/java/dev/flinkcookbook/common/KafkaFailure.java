package dev.flinkcookbook.common;

import java.nio.file.NoSuchFileException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.util.Collection;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;

/** The one line for what Kafka, or the way to it, refuses a job; it names what to look at and holds no secret. */
final class KafkaFailure {

    private static final String FILE = " of --kafka-properties";

    private KafkaFailure() {}

    static IllegalStateException notAllowed(String servers, Collection<String> permissions) {
        return new IllegalStateException("Kafka at " + servers + " does not allow " + String.join(", ", permissions));
    }

    static IllegalStateException of(String servers, Throwable failure) {
        Throwable deepest = deepest(failure);
        if (isOf(SaslConfigs.SASL_JAAS_CONFIG, deepest)) {
            // Without the cause: what cannot be parsed is quoted there, and it may be a part of the password.
            return new IllegalStateException("Kafka at " + servers + ": " + SaslConfigs.SASL_JAAS_CONFIG + FILE
                    + " cannot be read, expected MODULE required username=\"…\" password=\"…\";");
        }
        return new IllegalStateException("Kafka at " + servers + ": " + line(failure, deepest), failure);
    }

    private static String line(Throwable failure, Throwable deepest) {
        if (deepest instanceof CertPathBuilderException || deepest instanceof CertPathValidatorException) {
            return "its certificate is not trusted by ssl.truststore.*" + FILE + ": " + deepest.getMessage();
        }
        if (deepest instanceof NoSuchFileException) {
            return "there is no file " + deepest.getMessage() + ", which --kafka-properties names";
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SslAuthenticationException) {
                String why = deepest == cause ? "" : ": " + deepest.getMessage();
                return cause.getMessage() + why + " (ssl.*" + FILE + ")";
            }
            if (cause instanceof AuthenticationException) {
                return cause.getMessage() + " (sasl.*" + FILE + ")";
            }
        }
        // What Admin says of an answer is complete; what it says of not having been made is not.
        return String.valueOf((failure instanceof ExecutionException ? failure.getCause() : deepest).getMessage());
    }

    private static boolean isOf(String setting, Throwable deepest) {
        String message = String.valueOf(deepest.getMessage());
        return deepest instanceof IllegalArgumentException && message.contains("JAAS config")
                || message.contains("for configuration " + setting);
    }

    private static Throwable deepest(Throwable e) {
        return e.getCause() == null ? e : deepest(e.getCause());
    }
}
