package dev.flinkcookbook.operations;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** How an upgrade has ended. */
record Ending(Kind kind, String why, Map<String, Object> facts) {
    enum Kind {
        DONE(0),
        ROLLED_BACK(1),
        REFUSED(2),
        NEEDS_A_PERSON(3);

        private final int exitCode;

        Kind(int exitCode) {
            this.exitCode = exitCode;
        }

        int exitCode() {
            return exitCode;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    static Ending of(Kind kind, String why) {
        return new Ending(kind, why, new LinkedHashMap<>());
    }

    Ending with(String key, Object value) {
        facts.put(key, value);
        return this;
    }

    /** The last line on standard output. */
    String line(String job) {
        StringBuilder line = new StringBuilder("upgrade=" + kind + " job=" + job);
        facts.forEach((key, value) -> line.append(' ').append(key).append('=').append(value));
        return line.toString();
    }
}
