package dev.flinkcookbook.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JobFlagsTest {
    @Test
    void areWordsAsInAShell() {
        assertThat(JobFlags.words(" --topic  a --pattern 'a b' --text \"c d\" "))
                .containsExactly("--topic", "a", "--pattern", "a b", "--text", "c d");
        assertThat(JobFlags.words("")).isEmpty();
    }

    @Test
    void giveWayToThoseOfTheSameName() {
        List<String> flags = List.of("first", "--output-topic", "a", "--create-topics", "--group-id=g", "--rate", "-1");

        assertThat(JobFlags.replaced(flags, List.of("--group-id", "h", "--output-topic=b", "--new")))
                .containsExactly(
                        "first", "--output-topic=b", "--create-topics", "--group-id", "h", "--rate", "-1", "--new");
    }
}
