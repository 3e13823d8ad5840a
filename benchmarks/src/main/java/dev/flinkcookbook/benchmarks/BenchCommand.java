package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.FlagException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@code ./cookbook bench NAME [flags]}: prints the report on standard output, progress on standard error. Ends with 2
 * after a wrong name or flag, with 1 if a run failed or gave a wrong answer.
 */
public final class BenchCommand {
    private static final List<String> NAMES =
            List.of("deduplication", "exactly-once", "late-data", "change-data-capture", "snapshots", "latency");

    private BenchCommand() {}

    public static void main(String[] args) {
        System.exit(run(args, System.out, System.err));
    }

    static int run(String[] args, PrintStream out, PrintStream progress) {
        String name = args.length == 0 ? "" : args[0];
        if (!NAMES.contains(name)) {
            progress.println("bench: got " + (args.length == 0 ? "no name" : "'" + name + "'") + ", expected "
                    + String.join(" or ", NAMES));
            return 2;
        }
        try {
            run(name, args, out, progress);
            return 0;
        } catch (FlagException e) {
            progress.println("bench " + name + ": " + e.getMessage());
            return 2;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } catch (Exception e) {
            progress.println("bench " + name + ": " + e.getMessage());
            return 1;
        }
    }

    private static void run(String name, String[] args, PrintStream out, PrintStream progress) throws Exception {
        String[] flags = Arrays.copyOfRange(args, 1, args.length);
        switch (name) {
            case "deduplication" -> {
                Optional<DeduplicationFlags> parsed = DeduplicationFlags.from(flags);
                if (parsed.isPresent()) {
                    new DeduplicationBenchmark(parsed.get(), args, out, progress).run();
                }
            }
            case "exactly-once" -> {
                Optional<ExactlyOnceFlags> parsed = ExactlyOnceFlags.from(flags);
                if (parsed.isPresent()) {
                    new ExactlyOnceBenchmark(parsed.get(), args, out, progress).run();
                }
            }
            case "late-data" -> {
                Optional<LateDataFlags> parsed = LateDataFlags.from(flags);
                if (parsed.isPresent()) {
                    new LateDataBenchmark(parsed.get(), args, out, progress).run();
                }
            }
            case "latency" -> {
                Optional<LatencyFlags> parsed = LatencyFlags.from(flags);
                if (parsed.isPresent()) {
                    new LatencyBenchmark(parsed.get(), args, out, progress).run();
                }
            }
            case "snapshots" -> {
                Optional<SnapshotsFlags> parsed = SnapshotsFlags.from(flags);
                if (parsed.isPresent()) {
                    new SnapshotsBenchmark(parsed.get(), args, out, progress).run();
                }
            }
            default -> {
                Optional<ChangeDataCaptureFlags> parsed = ChangeDataCaptureFlags.from(flags);
                if (parsed.isPresent()) {
                    new ChangeDataCaptureBenchmark(parsed.get(), args, out, progress).run();
                }
            }
        }
    }
}
