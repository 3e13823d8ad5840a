package dev.flinkcookbook.testbed;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * {@code ./cookbook kafka}: the broker alone, until Ctrl-C. Prints {@code ready bootstrap=localhost:PORT} on standard
 * output once the topics are there. Ends with 1 if the broker cannot start, with 2 after a wrong flag, with 130 after
 * Ctrl-C; the data is deleted in each case.
 */
@Command(
        name = "cookbook kafka",
        usageHelpWidth = 100,
        sortOptions = false,
        description =
                "Runs a Kafka broker on this machine's loopback address until Ctrl-C, then deletes its data. Prints"
                        + " 'ready bootstrap=localhost:PORT' on standard output when the topics exist.")
public final class KafkaCommand implements Callable<Integer> {
    static final int FAILED = 1;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "9092",
            converter = PortConverter.class,
            description = "The port for clients, 0 for any free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--topic",
            paramLabel = "NAME[:PARTITIONS]",
            converter = TopicConverter.class,
            description = "A topic to create, with " + Topic.DEFAULT_PARTITIONS
                    + " partitions unless it says otherwise; may be given more than once.")
    private List<Topic> topics = new ArrayList<>();

    @Option(names = "--help", usageHelp = true, description = "Shows this and ends.")
    private boolean help;

    @Spec
    private CommandSpec spec;

    private KafkaCommand() {}

    /** Runs the command and ends this JVM. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new KafkaCommand())
                .setParameterExceptionHandler(new WrongCall("--port N, --topic NAME[:PARTITIONS] or --help"));
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter errors = spec.commandLine().getErr();
        try (KafkaBroker kafka = InProcessKafka.startedOn(port)) {
            for (Topic topic : topics) {
                Topics.create(kafka.bootstrapServers(), topic.name(), topic.partitions());
            }
            spec.commandLine().getOut().println("ready bootstrap=" + kafka.bootstrapServers());
            errors.println("Kafka runs until Ctrl-C (or SIGTERM), which deletes its data.");
            new CountDownLatch(1).await(); // The broker cleans up when the JVM ends.
            return 0;
        } catch (IllegalStateException | KafkaException e) {
            errors.println("cookbook kafka: " + e.getMessage());
            return FAILED;
        }
    }

    record Topic(String name, int partitions) {
        static final int DEFAULT_PARTITIONS = 2; // One would hide what goes wrong between partitions.
    }

    private static final class TopicConverter implements ITypeConverter<Topic> {
        private static final Pattern NAME = Pattern.compile("(?!\\.{1,2}$)[a-zA-Z0-9._-]{1,249}"); // Kafka's own rule.
        private static final Pattern PARTITIONS = Pattern.compile("[1-9]\\d{0,3}");

        @Override
        public Topic convert(String given) {
            int colon = given.indexOf(':');
            String name = colon < 0 ? given : given.substring(0, colon);
            String partitions = colon < 0 ? Integer.toString(Topic.DEFAULT_PARTITIONS) : given.substring(colon + 1);
            if (NAME.matcher(name).matches() && PARTITIONS.matcher(partitions).matches()) {
                return new Topic(name, Integer.parseInt(partitions));
            }
            throw new TypeConversionException("a name of letters, digits, '.', '_' and '-', and after a colon 1 to 9999"
                    + " partitions, as in payments:4");
        }
    }
}
