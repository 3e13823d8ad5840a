package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.testbed.ChildJvm;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Fills a job's state for each size and setting, takes and restores its snapshots, and reports. */
final class SnapshotsBenchmark {
    private static final String HEAP = "4g";
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private final SnapshotsFlags flags;
    private final String[] arguments;
    private final PrintStream out;
    private final ProgressLines progress;
    private final SnapshotResults results = new SnapshotResults();

    SnapshotsBenchmark(SnapshotsFlags flags, String[] arguments, PrintStream out, PrintStream progress) {
        this.flags = flags;
        this.arguments = arguments;
        this.out = out;
        this.progress = new ProgressLines(progress);
    }

    /** @throws IllegalStateException a run failed, or a restored state is not what was in the snapshot */
    void run() throws Exception {
        try (RunFolder folder = RunFolder.created()) {
            int runsLeft = flags.sizes().size() * flags.settings().size();
            for (int megabytes : flags.sizes()) {
                for (SnapshotSetting setting : flags.settings()) {
                    results.add(megabytes, setting, measure(folder, megabytes, setting));
                    runsLeft--;
                    progress.say("%s of state, %s, %d run%s left"
                            .formatted(SnapshotsReport.size(megabytes), setting, runsLeft, runsLeft == 1 ? "" : "s"));
                }
            }
        }
        SnapshotsReport report = new SnapshotsReport(flags, arguments, results);
        out.print(report.text(Optional.empty(), Optional.empty()));
        if (flags.output().isPresent()) {
            report.write(flags.output().get());
            progress.say("written: " + flags.output().get());
        }
    }

    private List<SnapshotMeasurement> measure(RunFolder folder, int megabytes, SnapshotSetting setting)
            throws Exception {
        String name = setting + "-" + megabytes;
        SnapshotTask task =
                new SnapshotTask(setting, megabytes, flags.rounds(), flags.changedPercent(), folder.subfolder(name));
        return folder.inChild(
                name,
                ChildJvm.of(SnapshotMain.class).heap(HEAP).arguments(task.arguments()),
                task.folder(),
                child -> Arrays.stream(child.awaitLine(SnapshotMain.RESULT, LONGEST)
                                .substring(SnapshotMain.RESULT.length())
                                .split(" "))
                        .map(SnapshotMeasurement::decoded)
                        .toList());
    }
}
