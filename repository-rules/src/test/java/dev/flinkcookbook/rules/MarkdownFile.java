package dev.flinkcookbook.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.commonmark.ext.gfm.tables.TableCell;
import org.commonmark.ext.gfm.tables.TableRow;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.IdGenerator;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.Image;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;

/** A Markdown file, read as GitHub reads it. Lines count from 1. */
record MarkdownFile(Path path, Node document) {

    private static final Parser PARSER = Parser.builder()
            .extensions(List.of(TablesExtension.create()))
            .includeSourceSpans(IncludeSourceSpans.BLOCKS_AND_INLINES)
            .build();

    /**
     * A fenced block: {@code ```java KeepFirst.java} has the language {@code java} and the argument {@code KeepFirst.java}.
     *
     * @param above the HTML comment directly above the fence, if there is one
     */
    record Fence(int line, String language, String argument, String text, Optional<String> above) {}

    /** A link or an image. */
    record Target(int line, String destination) {}

    /** A row of a table: the texts of its cells, and where its links lead. */
    record Row(List<String> cells, List<String> links) {}

    static MarkdownFile read(Path path) {
        try {
            return new MarkdownFile(path, PARSER.parse(Files.readString(path)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static MarkdownFile empty(Path path) {
        return new MarkdownFile(path, PARSER.parse(""));
    }

    int lines() {
        try {
            return Files.readAllLines(path).size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Fence> fences() {
        return all(FencedCodeBlock.class).stream().map(MarkdownFile::fence).toList();
    }

    List<Fence> fences(String language) {
        return fences().stream()
                .filter(fence -> fence.language().equals(language))
                .toList();
    }

    /** Lines where code is set off by indentation, which has no language. */
    List<Integer> indentedCode() {
        return all(IndentedCodeBlock.class).stream().map(MarkdownFile::line).toList();
    }

    List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        visit(document, node -> {
            if (node instanceof Link link) {
                targets.add(new Target(line(link), link.getDestination()));
            } else if (node instanceof Image image) {
                targets.add(new Target(line(image), image.getDestination()));
            }
        });
        return targets;
    }

    /** What a link's {@code #…} can name here. */
    Set<String> anchors() {
        IdGenerator ids = IdGenerator.builder().build();
        Set<String> anchors = new LinkedHashSet<>();
        all(Heading.class).forEach(heading -> anchors.add(ids.generateId(text(heading))));
        return anchors;
    }

    List<Row> rows() {
        return all(TableRow.class).stream().map(MarkdownFile::row).toList();
    }

    private <T extends Node> List<T> all(Class<T> kind) {
        return all(document, kind);
    }

    private static <T extends Node> List<T> all(Node root, Class<T> kind) {
        List<T> found = new ArrayList<>();
        visit(root, node -> {
            if (kind.isInstance(node)) {
                found.add(kind.cast(node));
            }
        });
        return found;
    }

    private static void visit(Node node, Consumer<Node> visitor) {
        visitor.accept(node);
        for (Node child = node.getFirstChild(); child != null; child = child.getNext()) {
            visit(child, visitor);
        }
    }

    private static Fence fence(FencedCodeBlock block) {
        String[] info = block.getInfo() == null
                ? new String[] {""}
                : block.getInfo().strip().split("\\s+", 2);
        Optional<String> above = block.getPrevious() instanceof HtmlBlock html
                ? Optional.of(html.getLiteral().strip())
                : Optional.empty();
        return new Fence(line(block), info[0], info.length > 1 ? info[1] : "", block.getLiteral(), above);
    }

    private static Row row(TableRow row) {
        return new Row(
                all(row, TableCell.class).stream().map(MarkdownFile::text).toList(),
                all(row, Link.class).stream().map(Link::getDestination).toList());
    }

    private static String text(Node root) {
        StringBuilder text = new StringBuilder();
        visit(root, node -> {
            if (node instanceof Text words) {
                text.append(words.getLiteral());
            } else if (node instanceof Code code) {
                text.append(code.getLiteral());
            } else if (node instanceof SoftLineBreak) {
                text.append(' ');
            }
        });
        return text.toString().strip();
    }

    private static int line(Node node) {
        for (Node at = node; at != null; at = at.getParent()) {
            if (!at.getSourceSpans().isEmpty()) {
                return at.getSourceSpans().get(0).getLineIndex() + 1;
            }
        }
        return 1;
    }
}
