package dev.flinkcookbook.benchmarks;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** What each bound costs in delay and buys in completeness: a point for each, from the smallest to the largest. */
final class BoundsChart {

    private BoundsChart() {}

    static void write(Path svg, List<BoundResult> bounds) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(820)
                .height(420)
                .title("Readings that are missing in the first result, by how long one waits for it")
                .xAxisTitle("seconds from the end of the window until its first result is visible (median)")
                .yAxisTitle("missing, %")
                .build();
        chart.getStyler()
                .setLegendVisible(false)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBackgroundColor(Color.WHITE)
                .setChartFontColor(Color.BLACK)
                .setAntiAlias(true);
        chart.getStyler().setYAxisLogarithmic(true);
        XYSeries series = chart.addSeries(
                "bounds",
                bounds.stream().map(bound -> bound.visibleMillis() / 1e3).toList(),
                bounds.stream().map(BoundResult::missingPercent).toList());
        series.setLineColor(new Color(0x2B6CB0));
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(new Color(0x2B6CB0));
        Files.write(svg, ChartEncoder.getBytes(chart, "svg"));
    }
}
