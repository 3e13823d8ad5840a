package dev.flinkcookbook.latedata;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ReadingGeneratorTest {

    @Test
    void isLateAsItsFlagSays() {
        Random random = new Random(1);
        long[] late = LongStream.generate(() -> ReadingGenerator.lateMillis(random, Duration.ofSeconds(5)))
                .limit(1_000_000)
                .sorted()
                .toArray();

        assertThat(late[500_000]).as("half").isBetween(4_900L, 5_100L);
        assertThat(late[990_000]).as("one in a hundred: 14 times").isBetween(13 * 5_000L, 14 * 5_000L);
        assertThat(late[999_000]).as("one in a thousand: 63 times").isBetween(58 * 5_000L, 68 * 5_000L);
    }
}
