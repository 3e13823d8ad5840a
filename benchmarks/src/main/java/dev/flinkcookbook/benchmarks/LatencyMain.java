package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.measuringlatency.MeasuringLatencyJob;
import java.util.List;
import org.apache.flink.configuration.Configuration;

/**
 * The main of a child JVM: runs the job of measuring-latency until it is killed. Prints {@code running} when it does. Its arguments are
 * Flink's options, each {@code key=value}, then {@code --}, then the flags of the job.
 */
final class LatencyMain {
    static final String RUNNING = "running";
    static final String END_OF_OPTIONS = "--";

    private LatencyMain() {}

    public static void main(String[] args) {
        try {
            List<String> all = List.of(args);
            int end = all.indexOf(END_OF_OPTIONS);
            Configuration options = new Configuration();
            all.subList(0, end).stream()
                    .map(option -> option.split("=", 2))
                    .forEach(keyAndValue -> options.setString(keyAndValue[0], keyAndValue[1]));
            String[] flags = all.subList(end + 1, all.size()).toArray(String[]::new);
            FlinkRun.untilKilled(options, () -> MeasuringLatencyJob.main(flags), () -> System.out.println(RUNNING));
        } catch (Throwable e) {
            e.printStackTrace();
            System.exit(1); // Threads of a broken cluster may go on for ever.
        }
    }
}
