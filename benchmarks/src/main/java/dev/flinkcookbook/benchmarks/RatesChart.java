package dev.flinkcookbook.benchmarks;

import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.HorizontalBarChart;
import org.knowm.xchart.HorizontalBarChartBuilder;

/** The medians as bars; black on white whatever the page around it looks like. */
final class RatesChart {
    private static final int WIDTH = 820;
    private static final int HEIGHT_OF_A_BAR = 36;

    private RatesChart() {}

    static void write(Path svg, String title, Results results) throws IOException {
        Files.write(svg, ChartEncoder.getBytes(chart(title, results), "svg"));
    }

    private static HorizontalBarChart chart(String title, Results results) {
        List<String> names = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        for (Variant variant : Variant.values()) {
            if (results.has(variant)) {
                names.add(variant.label());
                rates.add(results.spread(variant, Measurement::steady).median() / 1e3);
            }
        }
        HorizontalBarChart chart = new HorizontalBarChartBuilder()
                .width(WIDTH)
                .height(110 + HEIGHT_OF_A_BAR * names.size())
                .title(title)
                .build();
        chart.getStyler()
                .setLegendVisible(false)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBackgroundColor(Color.WHITE)
                .setChartFontColor(Color.BLACK)
                .setAntiAlias(true);
        chart.getStyler().setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        // XChart asks the other axis how close its names may stand; with the default it leaves out every second one.
        chart.getStyler().setXAxisTickMarkSpacingHint(HEIGHT_OF_A_BAR / 2);
        chart.getStyler().setXAxisTicksVisible(false).setPlotGridLinesVisible(false); // The number stands in its bar.
        chart.getStyler().setXAxisDecimalPattern("#,###");
        chart.getStyler().setLabelsVisible(true).setLabelsFontColorAutomaticEnabled(true);
        chart.addSeries("median", rates, names).setFillColor(new Color(0x2B6CB0));
        return chart;
    }
}
