package dev.flinkcookbook.testbed;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What a person sees while {@link RunCommand} is at work: the first output as soon as it is there, then numbers. */
final class Progress {
    /** A few lines of a terminal. */
    private static final int LONGEST_VALUE = 400;

    private final Scenario scenario;
    private final long started;
    private final PrintStream to;
    private final boolean oneLine = Boolean.getBoolean("cookbook.interactive");
    private long delivered;
    private long shownAt;
    private boolean lineIsOpen;

    /** @param started of {@link System#nanoTime()} */
    Progress(Scenario scenario, long started, PrintStream to) {
        this.scenario = scenario;
        this.started = started;
        this.shownAt = started;
        this.to = to;
    }

    long delivered() {
        return delivered;
    }

    void delivered(ConsumerRecord<byte[], byte[]> record) {
        if (delivered++ == 0) {
            say("first-delivered ms=" + sinceStart().toMillis() + " value="
                    + abbreviated(new String(record.value(), StandardCharsets.UTF_8)));
        }
    }

    private static String abbreviated(String value) {
        return value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE) + "…";
    }

    void deliveredInAll(long outputs) {
        if (delivered == 0 && outputs > 0) {
            say("first-delivered ms=" + sinceStart().toMillis());
        }
        delivered = outputs;
    }

    void say(String line) {
        if (lineIsOpen) {
            to.println();
            lineIsOpen = false;
        }
        to.println(line);
    }

    /** Shows the numbers, but not too often. */
    void show() {
        Duration interval = Duration.ofSeconds(oneLine ? 1 : 5);
        if (System.nanoTime() - shownAt >= interval.toNanos()) {
            print(oneLine ? "" : System.lineSeparator());
            shownAt = System.nanoTime();
        }
    }

    void end() {
        print(System.lineSeparator());
    }

    private void print(String after) {
        String more = scenario.progress();
        to.printf(
                Locale.ROOT,
                "%s%3d s: produced %,d, delivered %,d%s%s",
                oneLine ? "\r" : "",
                sinceStart().toSeconds(),
                scenario.input().sent(),
                delivered,
                more.isEmpty() ? "" : ", " + more,
                after);
        to.flush();
        lineIsOpen = after.isEmpty();
    }

    private Duration sinceStart() {
        return Duration.ofNanos(System.nanoTime() - started);
    }
}
