package dev.flinkcookbook.benchmarks;

import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A report in the making: Markdown, with the parts that every report has. */
final class Page {
    private final StringBuilder text = new StringBuilder();

    Page line(String line) {
        text.append(line).append('\n');
        return this;
    }

    Page blank() {
        return line("");
    }

    /** The first row of a table. */
    Page columns(String... names) {
        return row((Object[]) names).line("|" + "---|".repeat(names.length));
    }

    Page row(Object... cells) {
        text.append('|');
        for (Object cell : cells) {
            text.append(' ').append(cell).append(" |");
        }
        return line("");
    }

    /** The title, and where, when and by which command it was measured. */
    Page header(String title, String... arguments) {
        line("# " + title).blank();
        line(LocalDate.now(ZoneOffset.UTC) + ", " + Machine.description() + ", measured by")
                .blank();
        line("<!-- not executed: this page is what it printed -->");
        return line("```console").line(command(arguments)).line("```").blank();
    }

    /** As it was typed, without the file that it writes: that belongs to the machine. */
    private static String command(String... arguments) {
        List<String> words = new ArrayList<>(List.of("./cookbook", "bench"));
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--output")) {
                i++;
            } else if (!arguments[i].startsWith("--output=")) {
                words.add(arguments[i]);
            }
        }
        return String.join(" ", words);
    }

    /** @param counted what the rates count: {@code records} */
    Page throughput(String counted, long number, List<Variant> variants, Results results) {
        line("## Throughput").blank();
        columns(
                "What",
                "thousand " + counted + "/s, steady: median (min–max)",
                "÷ transactional copy",
                "÷ pass-through",
                "CPU s per M " + counted,
                "wall s");
        for (Variant variant : variants) {
            row(
                    variant.label(),
                    Numbers.thousands(results.spread(variant, Measurement::steady)),
                    orDash(results.steadyRatio(variant, Variant.COPY_TRANSACTIONAL)),
                    orDash(results.steadyRatio(variant, Variant.PASS_THROUGH)),
                    Numbers.oneDigit(results.spread(variant, run -> run.cpuSeconds() * 1e6 / number)
                            .median()),
                    Numbers.oneDigit(
                            results.spread(variant, Measurement::wallSeconds).median()));
        }
        return blank();
    }

    Page goals(List<Goal> goals) {
        line("## What the recipe must reach").blank();
        columns("Recipe", "Against", "Must", "Aim", "Measured", "");
        for (Goal goal : goals) {
            row(goal.what(), goal.against(), goal.mustText(), goal.aimText(), orDash(goal.ratio()), goal.verdict());
        }
        return blank();
    }

    Page words(Map<String, String> meanings) {
        line("## What the words mean").blank();
        meanings.forEach((term, meaning) -> line("- **" + term + "**: " + meaning));
        return this;
    }

    static String orDash(Optional<Spread> ratio) {
        return ratio.map(Numbers::ratio).orElse("–");
    }

    String text() {
        return text.toString();
    }

    /** The chart's file beside the page. */
    static Path chartBeside(Path page) {
        String name = page.getFileName().toString().replaceFirst("\\.md$", "");
        return page.resolveSibling(name + ".svg");
    }
}
