package dev.flinkcookbook.operations;

import java.time.Duration;
import org.apache.flink.util.TimeUtils;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A duration as Flink's options have it: {@code 2m}, {@code 90s}, {@code 500ms}. */
final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String given) {
        try {
            Duration duration = TimeUtils.parseDuration(given);
            if (given.matches(".*\\D") && !duration.isZero() && !duration.isNegative()) {
                return duration;
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            // Said below.
        }
        throw new TypeConversionException("a duration such as 2m, 90s or 500ms");
    }
}
