package dev.flinkcookbook.rules.wrong.right;

import dev.flinkcookbook.rules.wrong.left.LeftManager;
import java.util.concurrent.TimeUnit;

/** Uses the package that uses it, and sleeps. */
public final class BaseRight {

    public void call() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(1);
        Thread.sleep(1);
        LeftManager.end(this);
    }
}
