package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What {@code ./cookbook} answers before it starts any Java. */
class CookbookIT {

    private static final Repository REPOSITORY = Repository.here();
    private static final Duration AT_ONCE = Duration.ofSeconds(30);
    private static final Pattern VERB = Pattern.compile("(?m)^  ([a-z][a-z-]*) ");

    private static BashBlock.Result cookbook(String arguments) throws Exception {
        return BashBlock.run("./cookbook " + arguments, REPOSITORY.root(), AT_ONCE);
    }

    @Test
    void listsExactlyTheRecipesWithTheirSentences() throws Exception {
        BashBlock.Result list = cookbook("list");
        List<String> expected = REPOSITORY.recipes().stream()
                .map(recipe -> recipe.name() + " " + recipe.pom().description().orElse(""))
                .toList();
        assertThat(list.exitCode()).isZero();
        assertThat(list.output().lines().map(line -> line.replaceFirst(" +", " ")))
                .as("the lines of ./cookbook list; the modules of pom.xml with a job.main-class are the recipes")
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @TestFactory
    Stream<DynamicTest> everyVerbHasHelp() throws Exception {
        List<String> verbs = VERB.matcher(cookbook("help").output())
                .results()
                .map(verb -> verb.group(1))
                .toList();
        assertThat(verbs).contains("list", "run", "kafka", "job", "cluster", "submit");
        return verbs.stream()
                .map(verb -> DynamicTest.dynamicTest(verb, () -> {
                    BashBlock.Result help = cookbook(verb + " --help");
                    assertThat(help.exitCode())
                            .as("the exit code of ./cookbook %s --help", verb)
                            .isZero();
                    assertThat(help.output()).contains("usage: ./cookbook");
                }));
    }

    @Test
    void answersWithHelpWhereNoVerbIsGiven() throws Exception {
        BashBlock.Result help = cookbook("");
        assertThat(help.exitCode()).isZero();
        assertThat(help.output()).startsWith("usage: ./cookbook");
    }

    @Test
    void refusesAnUnknownVerbInOneLine() throws Exception {
        BashBlock.Result refused = cookbook("cook");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.output().lines()).singleElement().asString().contains("'cook'");
    }

    @Test
    void refusesAnUnknownRecipeInOneLine() throws Exception {
        BashBlock.Result refused = cookbook("run soup");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.output().lines()).singleElement().asString().contains("'soup'");
    }

    @Test
    void refusesAJobThatTheRecipeDoesNotHaveInOneLine() throws Exception {
        for (String verb : new String[] {"job", "submit"}) {
            BashBlock.Result refused = cookbook(verb + " exactly-once SoupJob");
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.output().lines())
                    .singleElement()
                    .asString()
                    .contains("'SoupJob'", "ExactlyOnceJob LedgerToPostgresJob");
        }
    }
}
