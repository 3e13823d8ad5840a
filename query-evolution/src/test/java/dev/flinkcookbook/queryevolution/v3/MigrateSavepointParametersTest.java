package dev.flinkcookbook.queryevolution.v3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.common.FlagException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MigrateSavepointParametersTest {

    @Test
    void readsBothFolders() {
        assertThat(MigrateSavepointParameters.from("--from", "file:///a", "--to", "file:///b"))
                .hasValueSatisfying(parameters -> {
                    assertThat(parameters.from()).isEqualTo("file:///a");
                    assertThat(parameters.to()).isEqualTo("file:///b");
                });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --from a        | --to: got no value, expected URI
            --from a --to a | --to: got 'a', expected another folder than --from
            --from a --to b --too c | --too: unknown flag, did you mean --to? (--help lists all flags)
            """)
    void answersAWrongCallInOneLine(String flags, String line) {
        assertThatThrownBy(() -> MigrateSavepointParameters.from(flags.split(" ")))
                .isInstanceOf(FlagException.class)
                .hasMessage(line);
    }
}
