package dev.flinkcookbook.common;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.util.TimeUtils;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Reads a job's flags into an object with picocli's annotations; every mistake becomes one clear line. */
public final class Flags {

    private Flags() {}

    /**
     * Fills {@code target} from {@code args}.
     *
     * @return false if {@code --help} was asked for and printed to stdout; the job then has nothing to do
     * @throws FlagException an unknown flag, a missing or a bad value
     */
    public static boolean parse(Object target, String... args) {
        CommandLine commandLine = new CommandLine(target)
                .setExpandAtFiles(false)
                .setUsageHelpAutoWidth(true)
                .registerConverter(Duration.class, new DurationConverter())
                .registerConverter(StartingOffsets.class, StartingOffsets::parse);
        try {
            commandLine.parseArgs(args);
        } catch (ParameterException e) {
            throw new FlagException(lineFor(e));
        }
        if (commandLine.isUsageHelpRequested()) {
            commandLine.usage(System.out);
            return false;
        }
        return true;
    }

    private static String lineFor(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            String given = unmatched.getUnmatched().get(0);
            String flag = given.contains("=") ? given.substring(0, given.indexOf('=')) : given;
            List<String> suggestions = unmatched.getSuggestions();
            return flag + ": unknown flag"
                    + (suggestions.isEmpty() ? "" : ", did you mean " + suggestions.get(0) + "?")
                    + " (--help lists all flags)";
        }
        if (e instanceof MissingParameterException missing) {
            ArgSpec flag = missing.getMissing().get(0);
            return nameOf(flag) + ": got no value, expected " + expected(flag, e);
        }
        if (e instanceof OverwrittenOptionException repeated) {
            return nameOf(repeated.getOverwritten()) + ": given more than once, expected once";
        }
        ArgSpec flag = e.getArgSpec();
        if (flag == null || e.getValue() == null) {
            return e.getMessage();
        }
        return nameOf(flag) + ": got '" + e.getValue() + "', expected " + expected(flag, e);
    }

    private static String nameOf(ArgSpec flag) {
        return flag instanceof OptionSpec option ? option.longestName() : flag.paramLabel();
    }

    private static String expected(ArgSpec flag, ParameterException e) {
        Class<?> type = flag.typeInfo().getType();
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants()).map(Object::toString).collect(Collectors.joining(" or "));
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
            boolean fraction = type == double.class || type == Double.class;
            return flag.paramLabel() + (fraction ? ", a number" : ", a whole number");
        }
        // Our own converters say what they expect; picocli's, for the types above, only what they got.
        return e.getCause() instanceof TypeConversionException conversion ? conversion.getMessage() : flag.paramLabel();
    }

    /** {@code 24h}, {@code 5m}, {@code 100ms}; zero is allowed, a number without a unit is not. */
    private static final class DurationConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            // A bare number would be milliseconds to Flink: whoever forgets the unit of 24h should hear of it.
            if (text.isEmpty() || !Character.isLetter(text.charAt(text.length() - 1))) {
                throw new TypeConversionException("a duration with its unit, such as 24h, 5m or 100ms");
            }
            try {
                Duration duration = TimeUtils.parseDuration(text);
                if (!duration.isNegative()) { // Flink also reads ISO-8601, which has negative ones
                    return duration;
                }
            } catch (IllegalArgumentException | ArithmeticException e) {
                // said below, in the words of the flag
            }
            throw new TypeConversionException("a duration such as 24h, 5m or 100ms");
        }
    }
}
