package dev.flinkcookbook.failingwell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flinkcookbook.common.FlagException;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaymentScreeningParametersTest {

    @Test
    void haveDefaults() {
        PaymentScreeningParameters parameters =
                PaymentScreeningParameters.from().orElseThrow();
        assertThat(parameters.service()).hasToString("http://localhost:8080/screenings");
        assertThat(parameters.unscreenedTopic()).isEqualTo("payments.unscreened");
        assertThat(parameters.timeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(parameters.capacity()).isEqualTo(100);
        assertThat(parameters.order()).isEqualTo(PaymentScreeningParameters.Order.INPUT);
        Backoff backoff = parameters.backoff();
        assertThat(backoff.attempts()).isEqualTo(5);
        assertThat(IntStream.range(1, 5).mapToLong(backoff::longestPause)).containsExactly(200L, 400L, 800L, 1_600L);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --attempts 0               | --attempts: got '0', expected a number from 1 to 100
            --attempts many            | --attempts: got 'many', expected NUMBER, a whole number
            --capacity 0               | --capacity: got '0', expected a number from 1 to 100000
            --timeout 0s               | --timeout: got '0ms', expected a duration from 1ms to 1h
            --timeout 2                | --timeout: got '2', expected a duration with its unit, such as 24h, 5m or 100ms
            --first-backoff 2h         | --first-backoff: got '7200000ms', expected a duration from 1ms to 1h
            --longest-backoff 1ms      | --longest-backoff: got '1ms', expected at least --first-backoff
            --order none               | --order: got 'none', expected input or completion
            --service localhost        | --service: got 'localhost', expected an address such as http://localhost:8080/screenings
            --service ftp://host/x     | --service: got 'ftp://host/x', expected an address such as http://localhost:8080/screenings
            --retries 3                | --retries: unknown flag (--help lists all flags)
            --unscreened-topic payments| the topic payments is named twice: input, output, unscreened and dead letter topic must be different ones
            """)
    void refuseInOneLine(String flags, String line) {
        assertThatExceptionOfType(FlagException.class)
                .isThrownBy(() -> PaymentScreeningParameters.from(flags.split(" ")))
                .withMessage(line);
    }
}
