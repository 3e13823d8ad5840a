package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.measuringlatency.Stage;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** End to end latency by setting: p50, p99 and p99.9 side by side, on a logarithmic axis. */
final class LatencyChart {

    private LatencyChart() {}

    static void write(Path svg, List<LatencySetting> settings, LatencyResults results) throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(820)
                .height(560)
                .title("End to end latency by setting, milliseconds")
                .yAxisTitle("milliseconds")
                .build();
        chart.getStyler()
                .setLegendPosition(LegendPosition.OutsideS)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBackgroundColor(Color.WHITE)
                .setChartFontColor(Color.BLACK)
                .setAntiAlias(true);
        chart.getStyler()
                .setYAxisLogarithmic(true)
                .setYAxisDecimalPattern("#,###")
                .setYAxisMin(1.0)
                .setXAxisLabelRotation(35);
        List<String> names = settings.stream().map(LatencySetting::toString).toList();
        Map<Double, Color> percentiles = new LinkedHashMap<>();
        percentiles.put(50.0, new Color(0x90CDF4));
        percentiles.put(99.0, new Color(0x2B6CB0));
        percentiles.put(99.9, new Color(0x1A365D));
        percentiles.forEach((percentile, color) -> chart.addSeries(
                        "p" + (percentile == 99.9 ? "99.9" : String.valueOf(percentile.intValue())),
                        names,
                        settings.stream()
                                .map(setting -> Math.max(
                                        1,
                                        results.millis(setting, Stage.END_TO_END, percentile)
                                                .median()))
                                .toList())
                .setFillColor(color));
        Files.write(svg, ChartEncoder.getBytes(chart, "svg"));
    }
}
