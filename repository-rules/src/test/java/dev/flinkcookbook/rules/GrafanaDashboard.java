package dev.flinkcookbook.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A dashboard as Grafana reads it from monitoring/grafana/dashboards. */
record GrafanaDashboard(String file, JsonNode json) {

    static final Path FOLDER = Repository.here().root().resolve("monitoring/grafana/dashboards");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @param row the title of the row that it stands in; empty above the first */
    record Query(String row, String panel, String expression) {}

    static List<GrafanaDashboard> all() {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(GrafanaDashboard::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GrafanaDashboard read(Path file) {
        try {
            return new GrafanaDashboard(file.getFileName().toString(), JSON.readTree(file.toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Query> queries() {
        List<Query> queries = new ArrayList<>();
        String row = "";
        for (JsonNode panel : json.path("panels")) {
            if (panel.path("type").asText().equals("row")) {
                row = panel.path("title").asText();
            }
            for (JsonNode target : panel.path("targets")) {
                queries.add(new Query(
                        row, panel.path("title").asText(), target.path("expr").asText()));
            }
        }
        return queries;
    }

    /** What a test is named by. */
    @Override
    public String toString() {
        return file;
    }
}
