package dev.flinkcookbook.latedata;

import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;

/**
 * As {@link LateDataDemo}, but the correction is not running meanwhile: it comes afterwards, once, as a batch would each night
 * ({@code --bounded}). Press run in an IDE.
 */
public final class CorrectionDemo implements Recipe {

    private final LateDataDemo demo = new LateDataDemo();

    public static void main(String[] args) {
        System.exit(RunCommand.run(new CorrectionDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return demo.name();
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        return demo.accepts(load, jobFlags);
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        return LateDataDemo.correctedAfterwards(load, jobFlags);
    }
}
