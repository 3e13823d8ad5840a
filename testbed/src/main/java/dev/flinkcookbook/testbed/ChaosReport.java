package dev.flinkcookbook.testbed;

import dev.flinkcookbook.testbed.ChaosCommand.Suffered;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A Markdown page of what a job has suffered and how soon it was back, with a chart beside it.
 *
 * @param command the call that repeats it
 * @param verdict the last line of the run
 */
record ChaosReport(String recipe, String command, String verdict, List<Suffered> suffered) {

    /** Writes {@code FILE.md} and {@code FILE.svg}. */
    void write(Path markdown) throws IOException {
        String name = markdown.getFileName().toString().replaceFirst("\\.md$", "");
        Path svg = markdown.resolveSibling(name + ".svg");
        if (markdown.getParent() != null) {
            Files.createDirectories(markdown.getParent());
        }
        Files.writeString(markdown, text(svg.getFileName().toString()));
        Files.write(svg, ChartEncoder.getBytes(chart(), "svg"));
    }

    private String text(String svg) {
        StringBuilder text = new StringBuilder();
        text.append("# ")
                .append(recipe)
                .append(" under ")
                .append(suffered.size())
                .append(" faults\n\n");
        text.append(LocalDate.now())
                .append(", ")
                .append(Runtime.getRuntime().availableProcessors())
                .append(" cores for all processes; a checkpoint every second, heartbeat timeout 5 s; ran as\n\n");
        text.append("<!-- not executed: this page is what it wrote -->\n```console\n")
                .append(command)
                .append("\n```\n\n");
        text.append("```text\n")
                .append(verdict.replace(" recovery_p50", "\nrecovery_p50"))
                .append("\n```\n\n");
        text.append(
                "Recovery is the time from the fault until all output was visible again: the job runs, and a checkpoint"
                        + " that began\nafter the fault is complete. What the fault itself lasts is in it.\n\n");
        text.append("![Recovery times](").append(svg).append(")\n\n");
        distribution(text);
        rows(text);
        return text.toString();
    }

    private void distribution(StringBuilder text) {
        text.append("## Recovery by fault, seconds\n\n| Fault | times | least | median | p90 | greatest | restarts |\n"
                + "|---|---|---|---|---|---|---|\n");
        for (Fault fault : Fault.values()) {
            List<Suffered> of =
                    suffered.stream().filter(row -> row.fault() == fault).toList();
            if (!of.isEmpty()) {
                row(text, fault.toString(), of);
            }
        }
        row(text, "all", suffered);
    }

    private static void row(StringBuilder text, String name, List<Suffered> of) {
        Histogram recovery = new Histogram(3);
        of.forEach(one -> recovery.recordValue(one.recovery().toMillis()));
        text.append(String.format(
                Locale.ROOT,
                "| %s | %d | %.1f | %.1f | %.1f | %.1f | %d |%n",
                name,
                of.size(),
                recovery.getMinValue() / 1e3,
                recovery.getValueAtPercentile(50) / 1e3,
                recovery.getValueAtPercentile(90) / 1e3,
                recovery.getMaxValue() / 1e3,
                of.stream().mapToLong(Suffered::restarts).sum()));
    }

    private void rows(StringBuilder text) {
        text.append("\n## Every fault\n\n| # | Fault | at s | recovery s | restarts |\n|---|---|---|---|---|\n");
        for (Suffered one : suffered) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %d | %s | %.1f | %.1f | %d |%n",
                    one.number(),
                    one.fault(),
                    one.at().toMillis() / 1e3,
                    one.recovery().toMillis() / 1e3,
                    one.restarts()));
        }
    }

    /** A dot for each fault: when it happened, and how long the recovery took. */
    private XYChart chart() {
        XYChart chart = new XYChartBuilder()
                .width(820)
                .height(420)
                .title(recipe + ": seconds from a fault until all output is visible again")
                .xAxisTitle("seconds since the start")
                .build();
        chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        chart.getStyler().setChartBackgroundColor(Color.WHITE).setPlotBackgroundColor(Color.WHITE);
        chart.getStyler().setYAxisMin(0.0).setMarkerSize(7);
        for (Fault fault : Fault.values()) {
            List<Double> at = new ArrayList<>();
            List<Double> recovery = new ArrayList<>();
            for (Suffered one : suffered) {
                if (one.fault() == fault) {
                    at.add(one.at().toMillis() / 1e3);
                    recovery.add(one.recovery().toMillis() / 1e3);
                }
            }
            if (!at.isEmpty()) {
                chart.addSeries(fault.toString(), at, recovery).setMarker(SeriesMarkers.CIRCLE);
            }
        }
        return chart;
    }
}
