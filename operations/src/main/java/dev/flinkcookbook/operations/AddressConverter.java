package dev.flinkcookbook.operations;

import java.net.URI;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The address of a JobManager, without a slash at its end. */
final class AddressConverter implements ITypeConverter<String> {
    static final String LOCAL = "http://localhost:8081";

    @Override
    public String convert(String given) {
        if (given.matches("https?://.+") && isUri(given)) {
            return given.replaceFirst("/+$", "");
        }
        throw new TypeConversionException("an address such as " + LOCAL);
    }

    private static boolean isUri(String given) {
        try {
            return URI.create(given).getHost() != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
