package dev.flinkcookbook.operations;

import dev.flinkcookbook.testbed.ClusterState;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.FlinkRestException;
import dev.flinkcookbook.testbed.WrongCall;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code ./cookbook doctor}: asks a JobManager about its jobs and prints a line for each thing that is wrong, the worst first, with
 * what it means and what to do. Ends with 0 if nothing is, 1 if something is, 2 if no JobManager answers.
 */
@Command(
        name = "cookbook doctor",
        usageHelpWidth = 100,
        sortOptions = false,
        description = "Reads a running cluster and says what is wrong, a line each: finding=NAME severity=... job=...")
public final class DoctorCommand implements Callable<Integer> {

    static final int HEALTHY = 0;
    static final int FINDINGS = 1;
    static final int UNREACHABLE = 2;

    @Option(
            names = "--jobmanager",
            paramLabel = "URL",
            converter = AddressConverter.class,
            description = "The cluster's JobManager (default: that of ./cookbook cluster, else "
                    + AddressConverter.LOCAL + ").")
    private String jobManager;

    @Option(
            names = "--lag",
            paramLabel = "N",
            defaultValue = "10000",
            description = "So many records that wait to be read are worth a line (default: ${DEFAULT-VALUE}).")
    private long lag;

    @Option(
            names = "--sample",
            paramLabel = "DURATION",
            defaultValue = "2s",
            converter = DurationConverter.class,
            description = "The time between two looks at what grows (default: ${DEFAULT-VALUE}).")
    private Duration sample;

    @Option(names = "--help", usageHelp = true, description = "Shows this and ends.")
    private boolean help;

    @Spec
    private CommandSpec spec;

    /** Runs the command and ends this JVM. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new DoctorCommand())
                .setParameterExceptionHandler(new WrongCall("a flag; --help lists them"));
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter errors = spec.commandLine().getErr();
        String address =
                jobManager == null ? ClusterState.addressOfRunning().orElse(AddressConverter.LOCAL) : jobManager;
        try {
            Examination examination = new Examination(address, sample);
            if (!examination.isOfFlink()) {
                errors.println("cookbook doctor: what answers at " + address + " is no JobManager");
                return UNREACHABLE;
            }
            FlinkRest.Overview cluster = examination.cluster();
            List<JobLook> jobs = examination.jobs();
            List<Finding> findings = Diagnosis.of(cluster, jobs, lag);
            findings.forEach(finding -> out.println(finding.line()));
            if (findings.isEmpty()) {
                out.println("healthy jobs=" + jobs.size() + " task-managers=" + cluster.taskManagers() + " free-slots="
                        + cluster.freeSlots());
            }
            return findings.isEmpty() ? HEALTHY : FINDINGS;
        } catch (FlinkRestException e) {
            errors.println("cookbook doctor: " + e.getMessage());
            return UNREACHABLE;
        }
    }
}
