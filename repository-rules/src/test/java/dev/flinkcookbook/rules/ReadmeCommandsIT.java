package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
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
                    return DynamicTest.dynamicTest(place + " " + command, () -> succeeds(repository, place, block));
                }));
    }

    private static void succeeds(Repository repository, String place, MarkdownFile.Fence block) throws Exception {
        BashBlock.Result result = BashBlock.run(block.text(), repository.root(), LIMIT);
        assertThat(result.exitCode())
                .as(
                        "the exit code (124 is more than %s) of the block at %s%n%s%nwhich said%n%s",
                        LIMIT, place, block.text(), result.output())
                .isZero();
        assertThat(result.leftovers())
                .as("what the block at %s leaves running; end it in the block%n%s", place, block.text())
                .isEmpty();
    }
}
