package dev.flinkcookbook.rules;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/** A pom.xml as it is written, without what Maven would inherit or interpolate. */
record Pom(Path file, Element project) {

    /** A dependency of a module; the scope is {@code compile} where none is written. */
    record Dependency(String groupId, String artifactId, String scope) {}

    static Pom read(Path file) {
        return new Pom(file, xml(file).getDocumentElement());
    }

    static Document xml(Path file) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder().parse(file.toFile());
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new IllegalStateException(file + " is no readable XML", e);
        }
    }

    List<String> modules() {
        return child(project, "modules")
                .map(modules -> texts(modules, "module"))
                .orElse(List.of());
    }

    Optional<String> description() {
        return child(project, "description").map(Pom::text);
    }

    Optional<String> property(String name) {
        return child(project, "properties")
                .flatMap(properties -> child(properties, name))
                .map(Pom::text);
    }

    List<Dependency> dependencies() {
        return child(project, "dependencies").map(Pom::children).orElse(List.of()).stream()
                .map(dependency -> new Dependency(
                        child(dependency, "groupId").map(Pom::text).orElse(""),
                        child(dependency, "artifactId").map(Pom::text).orElse(""),
                        child(dependency, "scope").map(Pom::text).orElse("compile")))
                .toList();
    }

    /** The versions that stand in this pom, apart from its parent's. */
    Set<String> versions() {
        Set<String> versions = new TreeSet<>();
        var elements = project.getElementsByTagName("version");
        for (int i = 0; i < elements.getLength(); i++) {
            Node owner = elements.item(i).getParentNode();
            if (!owner.getNodeName().equals("parent")) {
                versions.add(elements.item(i).getTextContent().strip());
            }
        }
        return versions;
    }

    int lines() {
        try {
            return Files.readAllLines(file).size();
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be read", e);
        }
    }

    private static List<String> texts(Element parent, String name) {
        return children(parent).stream()
                .filter(child -> child.getTagName().equals(name))
                .map(Pom::text)
                .toList();
    }

    private static Optional<Element> child(Element parent, String name) {
        return children(parent).stream()
                .filter(child -> child.getTagName().equals(name))
                .findFirst();
    }

    private static List<Element> children(Element parent) {
        List<Element> children = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element) {
                children.add(element);
            }
        }
        return children;
    }

    private static String text(Element element) {
        return element.getTextContent().strip().replaceAll("\\s+", " ");
    }
}
