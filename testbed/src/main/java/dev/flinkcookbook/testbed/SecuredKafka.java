package dev.flinkcookbook.testbed;

import static dev.flinkcookbook.testbed.AdminClients.answer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * A Kafka broker in this JVM that lets nobody in without TLS and a password (SCRAM-SHA-512), and lets a user do only what an ACL
 * allows, as brokers in production. Its certificate is made when it starts. Its methods act as a super user.
 */
public final class SecuredKafka implements AutoCloseable {
    private static final String SUPER_USER = "admin";
    private static final String SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule";
    private static final String PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule";
    private static final int ITERATIONS = 4096; // The fewest that Kafka takes.

    private final Path folder = TemporaryFolder.create("secured-kafka");
    private final BrokerCertificate certificate;
    private final String password = UUID.randomUUID().toString();
    private final InProcessKafka broker;

    private SecuredKafka() {
        certificate = BrokerCertificate.in(folder, UUID.randomUUID().toString());
        broker = InProcessKafka.startedOn(0, settings());
    }

    /** A running broker on a free port. */
    public static SecuredKafka started() {
        return new SecuredKafka();
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("listener.security.protocol.map", "CLIENTS:SASL_SSL,CONTROLLER:SASL_SSL");
        settings.put("ssl.keystore.type", "PKCS12");
        settings.put("ssl.keystore.location", certificate.keyStore().toString());
        settings.put("ssl.keystore.password", certificate.password());
        settings.put("ssl.key.password", certificate.password());
        settings.put("ssl.truststore.type", "PEM");
        settings.put("ssl.truststore.certificates", certificate.pem());

        settings.put("sasl.enabled.mechanisms", "SCRAM-SHA-512");
        settings.put("sasl.mechanism.inter.broker.protocol", "SCRAM-SHA-512");
        settings.put("listener.name.clients.scram-sha-512.sasl.jaas.config", login(SCRAM, SUPER_USER, password));
        settings.put(BrokerFolder.FIRST_USER, "SCRAM-SHA-512=[name=" + SUPER_USER + ",password=" + password + "]");
        // The controller keeps the users of SCRAM itself, so the broker's own way to it needs another mechanism.
        settings.put("sasl.mechanism.controller.protocol", "PLAIN");
        settings.put("listener.name.controller.sasl.enabled.mechanisms", "PLAIN");
        settings.put(
                "listener.name.controller.plain.sasl.jaas.config",
                login(PLAIN, SUPER_USER, password).replace(";", " user_" + SUPER_USER + "=\"" + password + "\";"));

        settings.put("authorizer.class.name", RecordingAuthorizer.class.getName());
        settings.put("super.users", "User:" + SUPER_USER);
        return settings;
    }

    private static String login(String module, String user, String password) {
        return "%s required username=\"%s\" password=\"%s\";".formatted(module, user, password);
    }

    /** The address for clients: {@code localhost:PORT}. */
    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    /** What is in the way of a client that does not trust the broker: its certificate, as PEM. */
    public String certificate() {
        return certificate.pem();
    }

    /** All that a client needs to come in under this name, if the password is right; with bootstrap servers. */
    public Map<String, String> client(String user, String password) {
        Map<String, String> client = new TreeMap<>();
        client.put("bootstrap.servers", bootstrapServers());
        client.put("security.protocol", "SASL_SSL");
        client.put("sasl.mechanism", "SCRAM-SHA-512");
        client.put("sasl.jaas.config", login(SCRAM, user, password));
        client.put("ssl.truststore.type", "PEM");
        client.put("ssl.truststore.certificates", certificate.pem());
        return client;
    }

    /** The same in a file, as {@code --kafka-properties} wants it. */
    public static Path write(Map<String, String> client, Path file) {
        Properties properties = new Properties();
        properties.putAll(client);
        try (Writer writer = Files.newBufferedWriter(file)) {
            properties.store(writer, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    /** Adds a user who may do nothing yet, or changes a password; returns when the broker lets the user in. */
    public Map<String, String> createUser(String name, String password) {
        UserScramCredentialUpsertion user = new UserScramCredentialUpsertion(
                name, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS), password);
        asSuperUser(
                admin -> answer(admin.alterUserScramCredentials(List.of(user)).all()));
        Map<String, String> client = client(name, password);
        patiently().until(() -> isLetIn(client));
        return client;
    }

    private static boolean isLetIn(Map<String, String> client) {
        try (Admin admin = AdminClients.open(client)) {
            answer(admin.describeCluster().nodes());
            return true;
        } catch (SaslAuthenticationException notYet) {
            return false;
        }
    }

    /** Returns when it is in effect. */
    public void allow(String user, Collection<Permission> permissions) {
        Set<AclBinding> acls = new HashSet<>();
        permissions.forEach(permission -> acls.add(permission.to(user)));
        asSuperUser(admin -> {
            answer(admin.createAcls(acls).all());
            // The controller has answered; the broker hears of them a moment later.
            patiently()
                    .until(() -> new HashSet<>(answer(
                                    admin.describeAcls(AclBindingFilter.ANY).values()))
                            .containsAll(acls));
        });
    }

    /** Takes a permission back; returns when it is in effect. */
    public void forbid(String user, Permission permission) {
        AclBindingFilter acl = permission.to(user).toFilter();
        asSuperUser(admin -> {
            answer(admin.deleteAcls(List.of(acl)).all());
            patiently().until(() -> answer(admin.describeAcls(acl).values()).isEmpty());
        });
    }

    /** For what may be done twice: on a very busy machine the broker was seen to refuse a good password once. */
    private void asSuperUser(Consumer<Admin> call) {
        patiently().ignoreException(SaslAuthenticationException.class).until(() -> {
            try (Admin admin = admin()) {
                call.accept(admin);
                return true;
            }
        });
    }

    /** What the user has done by its permissions; not what it has only asked whether it may. */
    public Set<Permission> doneBy(String user) {
        return RecordingAuthorizer.doneBy(user);
    }

    /** A client that may do everything. */
    public Admin admin() {
        return AdminClients.open(superUser());
    }

    private Map<String, String> superUser() {
        return client(SUPER_USER, password);
    }

    /** As {@link Topics#create(String, String, int)}. */
    public void createTopic(String topic, int partitions) {
        Topics.create(superUser(), topic, partitions, Map.of());
    }

    /** Returns when the broker has all of them. */
    public void write(Collection<ProducerRecord<String, String>> records) {
        try (Producer<String, String> producer =
                new KafkaProducer<>(new HashMap<>(superUser()), new StringSerializer(), new StringSerializer())) {
            records.forEach(producer::send);
            producer.flush();
        }
    }

    /** As {@link TopicReader#awaitCommitted}. */
    public List<ConsumerRecord<byte[], byte[]>> awaitCommitted(String topic, int count, Duration atMost) {
        return TopicReader.awaitCommitted(superUser(), topic, count, atMost);
    }

    private static ConditionFactory patiently() {
        return Awaitility.await()
                .pollInSameThread()
                .dontCatchUncaughtExceptions() // Those of other threads are not this condition's.
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(30));
    }

    @Override
    public void close() {
        broker.close();
        TemporaryFolder.delete(folder);
    }
}
