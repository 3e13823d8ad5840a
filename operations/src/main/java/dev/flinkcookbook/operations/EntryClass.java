package dev.flinkcookbook.operations;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/** The main class of a jar. */
final class EntryClass {
    private static final int NAMED = 10;

    private EntryClass() {}

    /**
     * @param given by the caller, or null
     * @return the name, which is that of a class in the jar
     * @throws IllegalStateException one line, with those that the caller might have meant
     */
    static String of(Path jar, String given) throws IOException {
        if (!Files.isReadable(jar) || Files.isDirectory(jar)) {
            throw new IllegalStateException(jar + " is no file that can be read");
        }
        try (JarFile file = new JarFile(jar.toFile())) {
            String name = given == null ? ofManifest(file.getManifest()) : given;
            if (name == null) {
                throw new IllegalStateException("the manifest of " + jar.getFileName()
                        + " names no main class; give --entry-class, one of: " + candidates(file));
            }
            if (file.getEntry(name.replace('.', '/') + ".class") == null) {
                throw new IllegalStateException(jar.getFileName() + " has no class " + name
                        + (given == null ? ", which its manifest names" : "") + "; one of: " + candidates(file));
            }
            return name;
        }
    }

    private static String ofManifest(Manifest manifest) {
        if (manifest == null) {
            return null;
        }
        Attributes attributes = manifest.getMainAttributes();
        String forFlink = attributes.getValue("program-class");
        return forFlink == null ? attributes.getValue(Attributes.Name.MAIN_CLASS) : forFlink;
    }

    private static String candidates(JarFile jar) throws IOException {
        List<String> names = new ArrayList<>();
        for (JarEntry entry : Collections.list(jar.entries())) {
            if (entry.getName().endsWith(".class") && hasMain(jar, entry)) {
                names.add(entry.getName().replace('/', '.').replaceFirst("\\.class$", ""));
            }
        }
        // A job is mostly called so; the libraries in its jar have mains too.
        names.sort(
                Comparator.comparing((String name) -> !name.endsWith("Job")).thenComparing(Comparator.naturalOrder()));
        return names.isEmpty()
                ? "none has a main method"
                : String.join(", ", names.subList(0, Math.min(NAMED, names.size())));
    }

    /** Whether the names of the method and of its signature stand in the class file; loading it could need other jars. */
    private static boolean hasMain(JarFile jar, JarEntry entry) throws IOException {
        try (InputStream in = jar.getInputStream(entry)) {
            String constants = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            return constants.contains("\0\4main") && constants.contains("\0\26([Ljava/lang/String;)V");
        }
    }
}
