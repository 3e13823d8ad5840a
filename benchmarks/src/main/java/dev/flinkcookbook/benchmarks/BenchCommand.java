package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.FlagException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * {@code ./cookbook bench NAME [flags]}: prints the report on standard output, progress on standard error. Ends with 2
 * after a wrong name or flag, with 1 if a run failed or gave a wrong answer.
 */
public final class BenchCommand {

    private BenchCommand() {}

    public static void main(String[] args) {
        System.exit(run(args, System.out, System.err));
    }

    static int run(String[] args, PrintStream out, PrintStream progress) {
        if (args.length == 0 || !args[0].equals("deduplication")) {
            progress.println(
                    "bench: got " + (args.length == 0 ? "no name" : "'" + args[0] + "'") + ", expected deduplication");
            return 2;
        }
        String[] flags = Arrays.copyOfRange(args, 1, args.length);
        try {
            Optional<DeduplicationFlags> parsed = DeduplicationFlags.from(flags);
            if (parsed.isPresent()) {
                new DeduplicationBenchmark(parsed.get(), args, out, progress).run();
            }
            return 0;
        } catch (FlagException e) {
            progress.println("bench deduplication: " + e.getMessage());
            return 2;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } catch (Exception e) {
            progress.println("bench deduplication: " + e.getMessage());
            return 1;
        }
    }
}
