package dev.flinkcookbook.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * The main of a child JVM: runs one {@link WorkerTask}. Its last line on standard output is
 * {@code result wall=<seconds> cpu=<seconds> state=<bytes>}, of the whole process; a job that is to run until it is killed
 * prints {@code running} instead.
 */
final class WorkerMain {
    static final String RESULT = "result ";
    static final String RUNNING = "running";

    private WorkerMain() {}

    public static void main(String[] args) throws Exception {
        WorkerTask task = WorkerTask.of(args);
        long state;
        try {
            IntakeSampler sampler = IntakeSampler.writingTo(task.samples());
            state = run(task);
            sampler.stop();
        } catch (Throwable e) {
            e.printStackTrace();
            System.exit(1); // Threads of a broken cluster may go on for ever.
            return;
        }
        double wall = (System.currentTimeMillis()
                        - ManagementFactory.getRuntimeMXBean().getStartTime())
                / 1e3;
        double cpu =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
        System.out.printf(Locale.ROOT, RESULT + "wall=%.3f cpu=%.3f state=%d%n", wall, cpu, state);
        System.exit(0);
    }

    /** The size of the state in bytes, 0 if that is not asked for. */
    private static long run(WorkerTask task) throws Exception {
        if (task.variant().engine() == Variant.Engine.PLAIN) {
            new PlainCopy(task).run();
            return 0;
        }
        switch (task.work()) {
            case TO_THE_END -> FlinkRun.toTheEnd(task);
            case UNTIL_KILLED -> FlinkRun.untilKilled(task, () -> System.out.println(RUNNING));
            case WEIGH_STATE -> {
                return FlinkRun.savepointSize(task);
            }
        }
        return 0;
    }
}
