package dev.flinkcookbook.queryevolutionsql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A table on a page of {@code docs}, between two comments, that a test has to find as it is. */
final class GeneratedTable {

    private GeneratedTable() {}

    /**
     * Fails if the page has another table, and writes what it should be into {@code target}.
     *
     * @param name in the comments, {@code <!-- name: begin -->} and {@code <!-- name: end -->}
     */
    static void assertThatPageHas(String table, String page, String name) throws IOException {
        String is = Files.readString(Path.of("..", "docs", page));
        String begin = "<!-- " + name + ": begin -->\n";
        int from = is.indexOf(begin) + begin.length();
        String should = is.substring(0, from) + table + is.substring(is.indexOf("<!-- " + name + ": end -->"));
        Path right = Files.writeString(Path.of("target", name + ".md"), should);
        assertThat(is).as("%s; query-evolution-sql/%s is right", page, right).isEqualTo(should);
    }
}
