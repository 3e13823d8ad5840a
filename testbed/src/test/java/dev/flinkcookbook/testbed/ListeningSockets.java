package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What a process listens on, from Linux's /proc; nothing elsewhere. */
final class ListeningSockets {
    private static final String LISTENING = "0A";

    private ListeningSockets() {}

    /** The local addresses as the kernel writes them: {@code 0100007F:1F90}. */
    static List<String> of(long pid) {
        Path process = Path.of("/proc", Long.toString(pid));
        try {
            Set<String> inodes = inodes(process.resolve("fd"));
            return Stream.of("net/tcp", "net/tcp6")
                    .map(process::resolve)
                    .filter(Files::exists)
                    .flatMap(ListeningSockets::lines)
                    .map(line -> line.strip().split("\\s+"))
                    .filter(fields -> fields[3].equals(LISTENING) && inodes.contains("socket:[" + fields[9] + "]"))
                    .map(fields -> fields[1])
                    .toList();
        } catch (IOException notLinux) {
            return List.of();
        }
    }

    static boolean isLoopback(String address) {
        return address.matches("(0000000000000000FFFF0000)?0100007F:.*|00000000000000000000000001000000:.*");
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream().skip(1);
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    private static Set<String> inodes(Path folder) throws IOException {
        Set<String> targets = new HashSet<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                try {
                    targets.add(Files.readSymbolicLink(file).toString());
                } catch (IOException closedMeanwhile) {
                    // Then it is no socket that listens.
                }
            }
        }
        return targets;
    }
}
