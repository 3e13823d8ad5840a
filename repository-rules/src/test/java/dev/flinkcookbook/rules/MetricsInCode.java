package dev.flinkcookbook.rules;

import com.github.javaparser.ParserConfiguration;
import com.github.javaparser.StaticJavaParser;
import com.github.javaparser.ast.CompilationUnit;
import com.github.javaparser.ast.Node;
import com.github.javaparser.ast.body.ConstructorDeclaration;
import com.github.javaparser.ast.body.Parameter;
import com.github.javaparser.ast.body.VariableDeclarator;
import com.github.javaparser.ast.comments.LineComment;
import com.github.javaparser.ast.expr.Expression;
import com.github.javaparser.ast.expr.FieldAccessExpr;
import com.github.javaparser.ast.expr.MethodCallExpr;
import com.github.javaparser.ast.expr.NameExpr;
import com.github.javaparser.ast.expr.ObjectCreationExpr;
import com.github.javaparser.ast.stmt.Statement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The metrics that the main sources of a recipe register, each with what the line comment above its registration says:
 * {@code // What it is. Worry: when.}
 *
 * <p>A name is a literal, a constant of the same recipe, or a parameter of the constructor that registers; then each {@code new}
 * of that class is a registration.
 */
final class MetricsInCode {

    /** @param place the class that registers it */
    record Metric(String name, String type, String unit, String meaning, String worry, String place) {}

    /** @param violations a sentence for each registration that cannot be shown */
    record Found(List<Metric> metrics, List<String> violations) {}

    private record Registration(Expression name, Node at, String type) {}

    private static final Set<String> TYPES = Set.of("counter", "gauge", "histogram", "meter");
    private static final Pattern LOWER_CAMEL_CASE = Pattern.compile("[a-z][a-zA-Z0-9]*");
    private static final Pattern METRIC_GROUP =
            Pattern.compile("(.*\\.)?(getMetricGroup\\(\\)|metrics|group|metricGroup)");
    private static final String WORRY = " Worry: ";

    private final Repository repository;
    private final Map<Path, CompilationUnit> sources;
    private final Map<String, String> constants = new HashMap<>();
    private final List<Metric> metrics = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();

    private MetricsInCode(Repository repository, MavenModule recipe) {
        this.repository = repository;
        this.sources = parsed(recipe);
    }

    static Found of(Repository repository, MavenModule recipe) {
        MetricsInCode code = new MetricsInCode(repository, recipe);
        code.readConstants();
        code.sources.forEach(code::read);
        return new Found(code.metrics, code.violations);
    }

    private static Map<Path, CompilationUnit> parsed(MavenModule recipe) {
        StaticJavaParser.getParserConfiguration().setLanguageLevel(ParserConfiguration.LanguageLevel.JAVA_17);
        Map<Path, CompilationUnit> parsed = new TreeMap<>();
        for (Path file : recipe.sources("main")) {
            try {
                parsed.put(file, StaticJavaParser.parse(Files.readString(file)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return parsed;
    }

    /** By their simple name, and with their class in front. */
    private void readConstants() {
        sources.forEach((file, unit) -> unit.findAll(VariableDeclarator.class).stream()
                .filter(variable -> variable.getInitializer()
                        .map(Expression::isStringLiteralExpr)
                        .orElse(false))
                .forEach(variable -> {
                    String value = variable.getInitializer()
                            .orElseThrow()
                            .asStringLiteralExpr()
                            .asString();
                    constants.put(file + "#" + variable.getNameAsString(), value);
                    constants.put(className(file) + "." + variable.getNameAsString(), value);
                }));
    }

    private void read(Path file, CompilationUnit unit) {
        for (MethodCallExpr call : unit.findAll(MethodCallExpr.class)) {
            if (!TYPES.contains(call.getNameAsString())
                    || call.getArguments().isEmpty()
                    || call.getScope()
                            .map(Expression::toString)
                            .filter(MetricsInCode::isMetricGroup)
                            .isEmpty()) {
                continue;
            }
            Expression name = call.getArgument(0);
            Optional<Integer> parameter = parameterOfConstructor(call, name);
            if (parameter.isPresent()) {
                readCreations(className(file), parameter.get(), call.getNameAsString());
            } else {
                register(file, unit, new Registration(name, call, call.getNameAsString()));
            }
        }
    }

    private static boolean isMetricGroup(String scope) {
        return METRIC_GROUP.matcher(scope.replaceAll("\\s", "")).matches();
    }

    @SuppressWarnings("unchecked") // An array of classes that JavaParser asks for by its varargs.
    private static Optional<Integer> parameterOfConstructor(Node call, Expression name) {
        return call.findAncestor(ConstructorDeclaration.class).flatMap(constructor -> {
            List<String> parameters = constructor.getParameters().stream()
                    .map(Parameter::getNameAsString)
                    .toList();
            int index = parameters.indexOf(name.toString());
            return index < 0 ? Optional.empty() : Optional.of(index);
        });
    }

    private void readCreations(String className, int parameter, String type) {
        sources.forEach((file, unit) -> unit.findAll(ObjectCreationExpr.class).stream()
                .filter(creation -> creation.getType().getNameAsString().equals(className))
                .forEach(creation ->
                        register(file, unit, new Registration(creation.getArgument(parameter), creation, type))));
    }

    @SuppressWarnings("unchecked") // An array of classes that JavaParser asks for by its varargs.
    private void register(Path file, CompilationUnit unit, Registration registration) {
        int line = registration
                .at()
                .findAncestor(Statement.class)
                .orElseThrow()
                .getBegin()
                .orElseThrow()
                .line;
        String place = repository.relative(file) + ":" + line + ": ";
        Optional<String> name = resolved(file, registration.name());
        if (name.isEmpty()) {
            violations.add(place + "the name of the metric, " + registration.name()
                    + ", is no text and no constant of this recipe; make it one");
            return;
        }
        if (!LOWER_CAMEL_CASE.matcher(name.get()).matches()) {
            violations.add(place + "the metric " + name.get() + " is not in lowerCamelCase, as Flink's own are");
        }
        if (registration.type().equals("histogram") && unit(name.get()).equals("count")) {
            violations.add(place + "the histogram " + name.get() + " says no unit; end its name with Ms or Bytes");
        }
        String comment = commentAbove(unit, line);
        int worry = comment.indexOf(WORRY);
        if (worry <= 0 || comment.length() == worry + WORRY.length()) {
            violations.add(place + "the metric " + name.get()
                    + " has no meaning; write above it: // What it is. Worry: when.");
            return;
        }
        metrics.add(new Metric(
                name.get(),
                registration.type(),
                unit(name.get()),
                comment.substring(0, worry),
                comment.substring(worry + WORRY.length()),
                className(file)));
    }

    private Optional<String> resolved(Path file, Expression name) {
        if (name.isStringLiteralExpr()) {
            return Optional.of(name.asStringLiteralExpr().asString());
        }
        if (name instanceof NameExpr constant) {
            return Optional.ofNullable(constants.get(file + "#" + constant.getNameAsString()));
        }
        return name instanceof FieldAccessExpr constant
                ? Optional.ofNullable(constants.get(constant.toString()))
                : Optional.empty();
    }

    private static String unit(String name) {
        return name.endsWith("Ms") ? "ms" : name.endsWith("Bytes") ? "bytes" : "count";
    }

    /** The line comments that end directly above a line, as one text. */
    private static String commentAbove(CompilationUnit unit, int line) {
        Map<Integer, String> byLine = new HashMap<>();
        unit.getAllContainedComments().stream()
                .filter(LineComment.class::isInstance)
                .forEach(comment -> byLine.put(
                        comment.getBegin().orElseThrow().line,
                        comment.getContent().strip()));
        String text = "";
        for (int above = line - 1; byLine.containsKey(above); above--) {
            text = byLine.get(above) + " " + text;
        }
        return text.strip();
    }

    private static String className(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }
}
