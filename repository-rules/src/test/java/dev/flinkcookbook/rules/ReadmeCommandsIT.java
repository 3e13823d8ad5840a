package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs every {@code bash} block of every Markdown file, in the order of the files and of the blocks in them. */
class ReadmeCommandsIT {

    /** What takes longer is a {@code console} block with a report. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TestFactory
    Stream<DynamicTest> bashBlocksSucceedAndLeaveNothingBehind() {
        Repository repository = Repository.here();
        return repository.markdown().stream()
                .flatMap(file -> file.fences("bash").stream().map(block -> {
                    String place = repository.place(file, block.line());
                    String command = block.text().lines().findFirst().orElse("");
                    List<String> verdicts = verdictsBelow(file, block);
                    return DynamicTest.dynamicTest(
                            place + " " + command, () -> succeeds(repository, place, block, verdicts));
                }));
    }

    /** What the {@code text} block that follows shows of the verdict, up to an ellipsis. */
    private static List<String> verdictsBelow(MarkdownFile file, MarkdownFile.Fence block) {
        return file.fences().stream()
                .dropWhile(fence -> fence.line() <= block.line())
                .limit(1)
                .filter(fence -> fence.language().equals("text"))
                .flatMap(fence -> fence.text().lines())
                .filter(line -> line.startsWith("verdict="))
                .map(line -> line.replaceFirst(" …$", ""))
                .toList();
    }

    private static void succeeds(Repository repository, String place, MarkdownFile.Fence block, List<String> verdicts)
            throws Exception {
        BashBlock.Result result = BashBlock.run(block.text(), repository.root(), LIMIT);
        assertThat(result.exitCode())
                .as(
                        "the exit code (124 is more than %s) of the block at %s%n%s%nwhich said%n%s",
                        LIMIT, place, block.text(), result.output())
                .isZero();
        for (String verdict : verdicts) {
            assertThat(result.output())
                    .as("what the block at %s says, beside the verdict below it", place)
                    .contains(verdict);
        }
        assertThat(result.leftovers())
                .as("what the block at %s leaves running; end it in the block%n%s", place, block.text())
                .isEmpty();
    }
}
