package dev.flinkcookbook.queryevolutionsql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A script of SQL statements, each ended by a semicolon. All that it inserts is one job, whether it stands in a statement set or not.
 *
 * <p>A statement has blanks for all that stands before it in the script, so that a line and a column that Flink names are those of the
 * script; comments are blanks too, hints are not.
 *
 * @param settings of {@code SET 'key' = 'value'}, in their order
 * @param definitions what comes before: CREATE, USE, ALTER, DROP, LOAD
 * @param inserts at least one
 */
record SqlScript(Map<String, String> settings, List<String> definitions, List<String> inserts) {

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}\\s]*)}");
    private static final Pattern SET = Pattern.compile("(?is)\\s*SET\\s+'([^']+)'\\s*=\\s*'([^']*)'\\s*");
    private static final Pattern DEFINITION = Pattern.compile("(?is)\\s*(CREATE|USE|ALTER|DROP|LOAD)\\b.*");
    /** It would run as a job of its own, beside that of the script. What stands in quotation marks is taken out before. */
    private static final Pattern CREATE_AS =
            Pattern.compile("(?is)\\s*CREATE\\s+(OR\\s+REPLACE\\s+)?(TEMPORARY\\s+)?TABLE\\b"
                    + ".*?\\bAS\\s+(SELECT|WITH|VALUES)\\b.*");

    private static final Pattern QUOTATION = Pattern.compile("'[^']*'|`[^`]*`|\"[^\"]*\"");

    private static final Pattern INSERT = Pattern.compile("(?is)\\s*(EXECUTE\\s+)?INSERT\\b.*");

    /** What brackets a statement set, in both of its spellings; the first has no semicolon behind it. */
    private static final Pattern BEGIN = Pattern.compile("(?i)\\bEXECUTE\\s+STATEMENT\\s+SET\\s+BEGIN\\b");

    private static final Pattern BRACKET = Pattern.compile("(?is)\\s*(BEGIN\\s+STATEMENT\\s+SET|END)\\s*");

    /**
     * Reads a script, after <code>${name}</code> was replaced by the variable's value.
     *
     * @throws SqlException one line that names line and column: a variable without a value, a quotation or a comment that does not end,
     *     a statement that a job cannot execute; a script without an INSERT
     */
    static SqlScript parse(String text, Map<String, String> variables) {
        return parse(text, variables::get);
    }

    /** @param valueOf null of a variable that has none */
    static SqlScript parse(String text, UnaryOperator<String> valueOf) {
        Map<String, String> settings = new LinkedHashMap<>();
        List<String> definitions = new ArrayList<>();
        List<String> inserts = new ArrayList<>();
        for (String statement : statements(withVariables(text, valueOf))) {
            Matcher set = SET.matcher(statement);
            if (set.matches()) {
                settings.put(set.group(1), set.group(2));
            } else if (INSERT.matcher(statement).matches()) {
                inserts.add(statement);
            } else if (CREATE_AS
                    .matcher(QUOTATION.matcher(statement).replaceAll("''"))
                    .matches()) {
                throw new SqlException(position(statement, startOf(statement))
                        + ": CREATE TABLE … AS would start a job of its own, expected CREATE TABLE, then INSERT INTO");
            } else if (DEFINITION.matcher(statement).matches()) {
                definitions.add(statement);
            } else if (!BRACKET.matcher(statement).matches()) {
                String word = statement.strip().split("\\s")[0].toUpperCase(Locale.ROOT);
                throw new SqlException(position(statement, startOf(statement)) + ": got " + word
                        + ", expected SET 'key' = 'value', CREATE, USE, ALTER, DROP, LOAD or INSERT");
            }
        }
        if (inserts.isEmpty()) {
            throw new SqlException("the script has no INSERT: there is nothing to run");
        }
        return new SqlScript(settings, definitions, inserts);
    }

    private static int startOf(String statement) {
        return statement.length() - statement.stripLeading().length();
    }

    private static List<String> statements(String script) {
        StringBuilder code = new StringBuilder(script);
        List<Integer> semicolons = new ArrayList<>();
        for (int at = 0; at < script.length(); ) {
            int end = endOfWhatStandsAt(script, at);
            if (script.charAt(at) == ';') {
                semicolons.add(at);
            } else if (isComment(script, at)) {
                code.replace(at, end, blanks(script.substring(at, end)));
            }
            at = end;
        }
        semicolons.add(script.length());
        Matcher begin = BEGIN.matcher(code);
        while (begin.find()) {
            code.replace(begin.start(), begin.end(), blanks(begin.group()));
        }
        List<String> statements = new ArrayList<>();
        int start = 0;
        for (int semicolon : semicolons) {
            String statement = code.substring(start, semicolon);
            if (!statement.isBlank()) {
                statements.add(blanks(code.substring(0, start)) + statement);
            }
            start = semicolon + 1;
        }
        return statements;
    }

    private static boolean isComment(String script, int at) {
        return script.startsWith("--", at) || script.startsWith("/*", at) && !script.startsWith("/*+", at);
    }

    /** Of a comment, a hint or a quotation; else the next character. */
    private static int endOfWhatStandsAt(String script, int at) {
        if (script.startsWith("--", at)) {
            int end = script.indexOf('\n', at);
            return end < 0 ? script.length() : end;
        }
        if (script.startsWith("/*", at) && isComment(script, at)) {
            return closed(script, at, script.indexOf("*/", at + 2), "*/");
        }
        char quote = script.charAt(at);
        if (quote == '\'' || quote == '`' || quote == '"') {
            // A quote within is written twice: that reads as two quotations, one after the other.
            return closed(script, at, script.indexOf(quote, at + 1), String.valueOf(quote));
        }
        return at + 1;
    }

    private static int closed(String script, int at, int end, String by) {
        if (end < 0) {
            throw new SqlException(position(script, at) + ": what begins here has no end, expected " + by);
        }
        return end + by.length();
    }

    private static String blanks(String text) {
        return text.replaceAll("[^\\r\\n]", " ");
    }

    private static String withVariables(String text, UnaryOperator<String> valueOf) {
        Matcher variable = VARIABLE.matcher(text);
        StringBuilder script = new StringBuilder();
        while (variable.find()) {
            String value = valueOf.apply(variable.group(1));
            if (value == null) {
                throw new SqlException(position(text, variable.start()) + ": " + variable.group()
                        + " has no value, expected --variable " + variable.group(1) + "=VALUE");
            }
            variable.appendReplacement(script, Matcher.quoteReplacement(value));
        }
        return variable.appendTail(script).toString();
    }

    private static String position(String script, int at) {
        String before = script.substring(0, at);
        long line = before.chars().filter(character -> character == '\n').count() + 1;
        return "line " + line + ", column " + (at - before.lastIndexOf('\n'));
    }
}
