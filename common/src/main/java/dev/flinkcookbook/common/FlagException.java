package dev.flinkcookbook.common;

/** A wrong call. The message is one line that names the flag, what was given and what is expected. */
public final class FlagException extends IllegalArgumentException {

    public FlagException(String message) {
        super(message.replaceAll("\\s*\\R\\s*", " "));
    }

    public FlagException(String flag, String given, String expected) {
        this(flag + ": got '" + given + "', expected " + expected);
    }
}
