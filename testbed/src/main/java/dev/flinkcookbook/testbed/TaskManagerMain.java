package dev.flinkcookbook.testbed;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;
import org.apache.flink.runtime.taskmanager.Task;
import org.apache.flink.streaming.runtime.tasks.StreamTask;

/** A TaskManager whose parent may let a task fail; all else is Flink's own main. */
final class TaskManagerMain {
    private static final String FAIL_TASK = "fail-task ";
    private static final String ANSWER = "asked ";

    private TaskManagerMain() {}

    public static void main(String[] args) throws Exception {
        ChildMain.listen(TaskManagerMain::obey);
        TaskManagerRunner.main(args);
    }

    /** The line that asks for a failure; the number tells one request from the next. */
    static String request(int number, String partOfName) {
        return FAIL_TASK + number + " " + partOfName;
    }

    /** How the answer to a request begins; the name of the task follows, or nothing if there was none. */
    static String answerTo(int number) {
        return ANSWER + number + " ";
    }

    private static void obey(String line) {
        if (line.startsWith(FAIL_TASK)) {
            String[] request = line.substring(FAIL_TASK.length()).split(" ", 2);
            String failed = failTask(request[1]).map(Thread::getName).orElse("");
            System.out.println(answerTo(Integer.parseInt(request[0])) + failed);
        }
    }

    /**
     * Interrupts the thread of a task, which then ends with an InterruptedException wherever it next waits: an exception out
     * of the task's own code to Flink, since nobody has cancelled it.
     */
    private static Optional<Thread> failTask(String partOfName) {
        Optional<Thread> task = runningTasks().stream()
                .filter(thread -> thread.getName().contains(partOfName))
                .min(Comparator.comparing(Thread::getName));
        task.ifPresent(Thread::interrupt);
        return task;
    }

    /** By their stack, since a connector's threads stand in the same group and often bear the name of their task. */
    private static List<Thread> runningTasks() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> hasFrame(entry.getValue(), Task.class, "doRun"))
                .filter(entry -> hasFrame(entry.getValue(), StreamTask.class, "invoke"))
                .map(entry -> entry.getKey())
                .toList();
    }

    private static boolean hasFrame(StackTraceElement[] stack, Class<?> type, String method) {
        return Stream.of(stack)
                .anyMatch(frame -> frame.getClassName().equals(type.getName())
                        && frame.getMethodName().equals(method));
    }
}
