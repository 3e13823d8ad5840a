package dev.flinkcookbook.rules.wrong.left;

import dev.flinkcookbook.rules.wrong.right.BaseRight;
import org.junit.jupiter.api.Assertions;

/** Uses another package, ends the JVM, and does so with a test library. */
public final class LeftManager {

    private LeftManager() {}

    public static void end(BaseRight right) {
        Assertions.assertNotNull(right);
        System.exit(1);
    }
}
