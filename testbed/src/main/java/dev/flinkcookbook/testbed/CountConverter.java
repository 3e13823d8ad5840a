package dev.flinkcookbook.testbed;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How many of something there are to be: at least one, and no slip of the pen. */
public final class CountConverter implements ITypeConverter<Integer> {
    private static final int MOST = 1_000;

    @Override
    public Integer convert(String given) {
        if (given.matches("[1-9]\\d{0,3}") && Integer.parseInt(given) <= MOST) {
            return Integer.valueOf(given);
        }
        throw new TypeConversionException("a number from 1 to " + MOST);
    }
}
