package dev.flinkcookbook.benchmarks;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;

/** The medians by size of the state: a group of bars for each size, a colour for each snapshot. */
final class SnapshotsChart {
    private static final List<Color> COLORS = List.of(
            new Color(0x9AA5B1),
            new Color(0x6B7785),
            new Color(0x3E4C59),
            new Color(0xB7791F),
            new Color(0x90CDF4),
            new Color(0x4299E1),
            new Color(0x2B6CB0),
            new Color(0x1A365D));

    private SnapshotsChart() {}

    static void write(
            Path svg,
            String title,
            SnapshotsFlags flags,
            SnapshotResults results,
            ToDoubleFunction<SnapshotMeasurement> millis)
            throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(820)
                .height(620)
                .title(title)
                .xAxisTitle("state")
                .yAxisTitle("milliseconds")
                .build();
        chart.getStyler()
                .setLegendPosition(LegendPosition.OutsideS)
                .setLegendLayout(LegendLayout.Vertical)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBackgroundColor(Color.WHITE)
                .setChartFontColor(Color.BLACK)
                .setAntiAlias(true);
        chart.getStyler()
                .setYAxisLogarithmic(true)
                .setYAxisDecimalPattern("#,###")
                .setYAxisMin(1.0);
        List<String> sizes = flags.sizes().stream().map(SnapshotsReport::size).toList();
        int color = 0;
        for (SnapshotSetting setting : flags.settings()) {
            if (setting.isBusy()) {
                continue;
            }
            for (SnapshotKind kind : setting.kinds()) {
                List<Double> medians = new ArrayList<>();
                for (int megabytes : flags.sizes()) {
                    Optional<Spread> spread = results.spread(megabytes, setting, kind, millis);
                    medians.add(spread.map(Spread::median).orElse(null));
                }
                chart.addSeries(setting.label().replace("`", "") + ": " + kind.label(), sizes, medians)
                        .setFillColor(COLORS.get(color++ % COLORS.size()));
            }
        }
        Files.write(svg, ChartEncoder.getBytes(chart, "svg"));
    }
}
