package dev.flinkcookbook.testbed;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A port; 0 stands for any free one. */
final class PortConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String given) {
        if (given.matches("\\d{1,5}") && Integer.parseInt(given) <= 65_535) {
            return Integer.valueOf(given);
        }
        throw new TypeConversionException("a port from 0 to 65535");
    }
}
