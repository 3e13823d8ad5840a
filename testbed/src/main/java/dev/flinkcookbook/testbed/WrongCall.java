package dev.flinkcookbook.testbed;

import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Answers a wrong call with one line on standard error that names the command, and with exit code 2. */
record WrongCall(String command, String expected) implements IParameterExceptionHandler {
    static final int EXIT_CODE = 2;

    @Override
    public int handleParseException(ParameterException wrong, String[] args) {
        String hint = wrong instanceof UnmatchedArgumentException ? ", expected " + expected : "";
        wrong.getCommandLine().getErr().println(command + ": " + RootCause.oneLine(wrong.getMessage()) + hint);
        return EXIT_CODE;
    }
}
