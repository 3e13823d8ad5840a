package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.FlinkRest;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page as a browser shows it. It needs {@code chromium} on the path: {@code ./mvnw -pl measuring-latency -am verify -Pbrowser}. */
@Tag("browser")
class ReportInABrowserIT {

    private static final String DARK = "--blink-settings=preferredColorScheme=0";
    private static final String LIGHT = "--blink-settings=preferredColorScheme=1";

    @TempDir
    private Path folder;

    private Path page;

    @BeforeEach
    void write() throws IOException {
        StageLatencies latencies = new StageLatencies();
        LatencyOverTime overTime = new LatencyOverTime(Duration.ofSeconds(10));
        for (int number = 0; number < 10_000; number++) {
            long sentAt = 10_000 + number;
            Stamps stamps = new Stamps(
                    sentAt, sentAt + 1, sentAt + 3 + number % 50, sentAt + 60, sentAt + 70, sentAt + 75, sentAt + 80);
            latencies.record(stamps, sentAt + 100 + number % 1_000);
            overTime.record(stamps, sentAt + 100 + number % 1_000);
        }
        page = folder.resolve("report.html");
        Files.writeString(
                page,
                LatencyReport.html(
                        Map.of(
                                "events", 10_000,
                                "eventsPerSecond", 1_000,
                                "seed", 1,
                                "endedAt", 0,
                                "verdict", "PASS",
                                "flags", "--window 1s"),
                        latencies,
                        overTime,
                        List.of(new FlinkRest.CheckpointRun(
                                1, false, Instant.ofEpochMilli(12_000), Duration.ofMillis(9), "COMPLETED", 1)),
                        List.of(new FlinkRest.JobFailure(
                                Instant.ofEpochMilli(14_000), "TaskManager lost", Optional.empty(), Map.of(), ""))));
    }

    /** @return what it has printed: the page after its scripts, and the messages of its console */
    private String chromium(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--enable-logging=stderr",
                "--user-data-dir=" + folder.resolve("profile")));
        command.addAll(List.of(arguments));
        command.add(page.toUri().toString());
        Path printed = folder.resolve("printed");
        Process browser = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        try {
            assertThat(browser.waitFor(1, TimeUnit.MINUTES))
                    .as("the browser has ended")
                    .isTrue();
        } finally {
            browser.destroyForcibly();
        }
        return Files.readString(printed, StandardCharsets.UTF_8);
    }

    private BufferedImage picture(String theme, String size) throws Exception {
        Path picture = folder.resolve("page.png");
        chromium(theme, "--window-size=" + size, "--screenshot=" + picture);
        return ImageIO.read(picture.toFile());
    }

    /** From 0, black, to 255. */
    private static double brightness(BufferedImage image) {
        double sum = 0;
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                int rgb = image.getRGB(x, y);
                sum += ((rgb >> 16 & 255) + (rgb >> 8 & 255) + (rgb & 255)) / 3.0;
            }
        }
        return sum / image.getWidth() / image.getHeight();
    }

    @Test
    void itsScriptsRunAndSayWhatWasMeasured() throws Exception {
        String printed = chromium("--dump-dom");

        assertThat(printed)
                .contains("Half of the events were seen within 599 ms of when they were due, 99% within 1,089 ms")
                .contains("1 checkpoint, 0 of them not completed", "1 failure (lines", "TaskManager lost")
                .doesNotContain("CONSOLE", "NaN", "undefined ms");
        assertThat(printed.split("<canvas", -1)).as("charts").hasSize(4);
    }

    @Test
    void followsTheThemeOfItsReader() throws Exception {
        assertThat(brightness(picture(LIGHT, "1000,1200"))).isGreaterThan(200);
        assertThat(brightness(picture(DARK, "1000,1200"))).isLessThan(80);
    }

    @Test
    void fitsAPhone() throws Exception {
        String dom = chromium("--window-size=500,900", "--dump-dom");

        // A chart is as wide as its place; the tables have a place that scrolls.
        assertThat(dom).containsPattern("class=\"u-wrap\" style=\"width: 4\\d\\dpx");
    }
}
