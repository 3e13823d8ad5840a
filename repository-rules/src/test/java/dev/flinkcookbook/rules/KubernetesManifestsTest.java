package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each manifest holds to the operator's schema, in which a field that the schema does not know is an error here. */
class KubernetesManifestsTest {

    private static final Path FOLDER =
            Repository.here().root().resolve("query-evolution").resolve("kubernetes");
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)/]+\\.yaml)\\)");

    private static List<String> violations(String manifest) throws IOException {
        List<String> violations = new ArrayList<>();
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(manifest)) {
            while (documents.hasNext()) {
                JsonNode document = documents.next();
                violations.addAll(violations(document, manifest));
            }
        }
        return violations;
    }

    private static List<String> violations(JsonNode document, String manifest) throws IOException {
        String kind = document.path("kind").asText();
        String resource = "/META-INF/fabric8/" + kind.toLowerCase(Locale.ROOT) + "s.flink.apache.org-v1.yml";
        try (InputStream definition = KubernetesManifestsTest.class.getResourceAsStream(resource)) {
            if (definition == null) {
                return manifest.lines().anyMatch("# not validated"::equals)
                        ? List.of()
                        : List.of(kind + ": has no schema, and the manifest does not say # not validated");
            }
            JsonNode version = YAML.readTree(definition).at("/spec/versions/0");
            JsonNode schema = version.at("/schema/openAPIV3Schema");
            // Kubernetes knows these three itself.
            ObjectNode properties = (ObjectNode) schema.path("properties");
            properties
                    .putObject("apiVersion")
                    .put("const", "flink.apache.org/" + version.path("name").asText());
            properties.putObject("kind").put("type", "string");
            properties
                    .putObject("metadata")
                    .put("type", "object")
                    .putArray("required")
                    .add("name");
            // The operator knows v2_2; the newest schema on Maven Central ends at v1_20.
            if (schema.at("/properties/spec/properties/flinkVersion/enum") instanceof ArrayNode versions) {
                versions.add("v2_2");
            }
            properties.remove("status");
            tighten(schema);
            ((ObjectNode) properties.path("metadata")).remove("additionalProperties");
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                    .getSchema(schema)
                    .validate(document)
                    .stream()
                    .map(ValidationMessage::getMessage)
                    .toList();
        }
    }

    /** The schema alone lets unknown fields pass, as the operator's own model does: it would ignore them. */
    private static void tighten(JsonNode schema) {
        if (schema instanceof ObjectNode object
                && object.path("properties").isObject()
                && !object.has("additionalProperties")
                && !object.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
            object.put("additionalProperties", false);
        }
        schema.forEach(KubernetesManifestsTest::tighten);
    }

    private static Set<String> manifests() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void holdToTheSchemaOfTheOperator() throws IOException {
        List<String> violations = new ArrayList<>();
        for (String name : manifests()) {
            violations(Files.readString(FOLDER.resolve(name))).forEach(one -> violations.add(name + ": " + one));
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void beginWithACommentThatHasTheCommand() throws IOException {
        for (String name : manifests()) {
            assertThat(Files.readString(FOLDER.resolve(name))).startsWith("# ").contains("kubectl apply -f " + name);
        }
    }

    @Test
    void areThoseOfTheReadme() throws IOException {
        Set<String> linked = LINK.matcher(Files.readString(FOLDER.resolve("README.md")))
                .results()
                .map(link -> link.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(linked).isEqualTo(manifests()).isNotEmpty();
    }

    @Test
    void failWithAMisspeltField() throws IOException {
        String manifest = Files.readString(FOLDER.resolve("upgrade-savepoint.yaml"));
        assertThat(violations(manifest.replace("upgradeMode:", "upgradeMod:")))
                .singleElement()
                .asString()
                .contains("upgradeMod");
    }

    @Test
    void failWithAKindThatHasNoSchemaUnlessTheySaySo() throws IOException {
        String manifest = Files.readString(FOLDER.resolve("blue-green-by-operator.yaml"));
        assertThat(violations(manifest)).isEmpty();
        assertThat(violations(manifest.replace("# not validated", "# validated")))
                .containsExactly(
                        "FlinkBlueGreenDeployment: has no schema, and the manifest does not say # not validated");
    }
}
