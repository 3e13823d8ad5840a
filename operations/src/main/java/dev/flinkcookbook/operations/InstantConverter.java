package dev.flinkcookbook.operations;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A point in time in ISO-8601. */
final class InstantConverter implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String given) {
        try {
            return Instant.parse(given);
        } catch (DateTimeParseException e) {
            throw new TypeConversionException("a time such as 2026-01-31T10:00:00Z");
        }
    }
}
