package dev.flinkcookbook.testbed;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;

/**
 * What is left to do when this JVM is gone, also by kill -9, which no shutdown hook sees: a small shell waits for the end
 * of its standard input, whose other end this JVM holds, and then cleans up.
 */
final class AfterThisJvm {
    /*
     * Whoever presses Ctrl-C or closes the terminal signals the shell too, and it must outlive that. Children that end with
     * this JVM may still write while their folder is deleted, so it looks again until the folder is gone.
     */
    private static final String SCRIPT = """
            trap '' HUP INT TERM
            while read -r what which; do
              case $what in
                delete) set -- "$@" "$which" ;;
                resume) paused="$paused $which" ;;
                quit) servers="$servers $which" ;;
              esac
            done
            for pid in $paused; do kill -CONT "$pid"; done
            for server in $servers; do [ ! -e "$server" ] || kill -QUIT "$(head -n 1 "$server")"; done
            for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
              rm -rf -- "$@"
              left=
              for file; do [ ! -e "$file" ] || left=yes; done
              [ -n "$left" ] || exit 0
              sleep 0.5
            done
            """;

    private static BufferedWriter shell;

    private AfterThisJvm() {}

    /** Deletes a file or folder, if it is still there. */
    static void delete(Path file) {
        tell("delete " + file);
    }

    /** Lets a process go on that was stopped by SIGSTOP: only then does it notice that its parent is gone. */
    static void resume(long pid) {
        tell("resume " + pid);
    }

    /** Ends a process by SIGQUIT, if this file is still there: its first line is the process id. */
    static void quit(Path pidFile) {
        tell("quit " + pidFile);
    }

    private static synchronized void tell(String line) {
        try {
            if (shell == null) {
                shell = new ProcessBuilder("sh", "-c", SCRIPT)
                        .redirectOutput(Redirect.DISCARD)
                        .redirectError(Redirect.DISCARD)
                        .start()
                        .outputWriter();
            }
            shell.write(line);
            shell.newLine();
            shell.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
