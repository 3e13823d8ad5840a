package dev.flinkcookbook.rules;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Runs a block of a README as {@code bash -euo pipefail} in a process group of its own, so that what it leaves running can be
 * found and killed even after its parent is gone.
 */
final class BashBlock {

    /** With job control a background job leads a process group; its number is its process id. */
    private static final String IN_A_GROUP = """
            set -m
            exec 2>/dev/null # Job control reports the end of its jobs there.
            bash -euo pipefail -c "$1" </dev/null 2>&1 &
            echo "$!" >"$2"
            wait "$!"
            """;

    /** A JVM that was told to end needs a moment. */
    private static final Duration TO_END = Duration.ofSeconds(10);

    /**
     * How a block ended.
     *
     * @param exitCode 124 if it took too long and was killed, as {@code timeout} says it
     * @param output stdout and stderr, as a reader sees them
     * @param leftovers the processes that it left running; they are killed by now
     */
    record Result(int exitCode, String output, List<String> leftovers) {}

    private BashBlock() {}

    static Result run(String block, Path folder, Duration limit) throws IOException, InterruptedException {
        return run(block, folder, limit, TO_END);
    }

    static Result run(String block, Path folder, Duration limit, Duration toEnd)
            throws IOException, InterruptedException {
        Path scratch = Files.createTempDirectory("readme-block");
        Path output = scratch.resolve("output");
        Path group = scratch.resolve("group");
        Process outer = new ProcessBuilder("bash", "-c", IN_A_GROUP, "bash", block, group.toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = outer.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            int exitCode = ended ? outer.exitValue() : 124;
            List<String> leftovers = ended ? awaitEndOf(groupId(group), toEnd) : List.of();
            return new Result(exitCode, Files.readString(output), leftovers);
        } finally {
            if (Files.exists(group) && !running(groupId(group)).isEmpty()) {
                kill(groupId(group));
            }
            outer.destroyForcibly().waitFor();
            for (Path file : List.of(output, group, scratch)) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static long groupId(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }

    /** What is still running in the group after a moment. */
    private static List<String> awaitEndOf(long group, Duration toEnd) {
        try {
            Awaitility.await()
                    .atMost(toEnd)
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .until(() -> running(group).isEmpty());
            return List.of();
        } catch (ConditionTimeoutException e) {
            return running(group);
        }
    }

    private static void kill(long group) throws IOException, InterruptedException {
        new ProcessBuilder("bash", "-c", "kill -9 -- -\"$1\"", "bash", Long.toString(group))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /** The processes of a group that have not ended, as {@code pid command}. */
    static List<String> running(long group) {
        try {
            return Files.isDirectory(Path.of("/proc/self")) ? runningOnLinux(group) : runningElsewhere(group);
        } catch (IOException e) {
            throw new IllegalStateException("cannot list the processes", e);
        }
    }

    /** From /proc, because a slim container has no ps. */
    private static List<String> runningOnLinux(long group) throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(process -> process.getFileName().toString().matches("\\d+"))
                    .filter(process -> isRunning(process, group))
                    .map(process -> process.getFileName() + " "
                            + read(process.resolve("cmdline"))
                                    .replace('\0', ' ')
                                    .strip())
                    .toList();
        }
    }

    /** {@code pid (name) state parent group …}; a zombie has ended, it only waits for its parent to notice. */
    private static boolean isRunning(Path process, long group) {
        String status = read(process.resolve("stat"));
        String[] fields = status.substring(status.lastIndexOf(')') + 1).strip().split(" ");
        return fields.length > 2 && fields[2].equals(Long.toString(group)) && !fields[0].equals("Z");
    }

    /** Nothing if the process ended meanwhile. */
    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    private static List<String> runningElsewhere(long group) throws IOException {
        Process ps = new ProcessBuilder("ps", "-A", "-o", "pgid=,stat=,pid=,args=").start();
        try (var lines = ps.inputReader()) {
            return lines.lines()
                    .map(line -> line.strip().split("\\s+"))
                    .filter(fields -> fields[0].equals(Long.toString(group)) && !fields[1].startsWith("Z"))
                    .map(fields -> String.join(" ", Arrays.copyOfRange(fields, 2, fields.length)))
                    .toList();
        }
    }
}
