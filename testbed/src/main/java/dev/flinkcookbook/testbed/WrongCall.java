package dev.flinkcookbook.testbed;

import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Answers a wrong call with one line on standard error, in the words in which a job refuses its flags, and with exit code 2.
 *
 * @param expected what may stand where something unknown stood
 */
public record WrongCall(String expected) implements IParameterExceptionHandler {
    /** The exit code of a wrong call. */
    public static final int EXIT_CODE = 2;

    @Override
    public int handleParseException(ParameterException wrong, String[] args) {
        wrong.getCommandLine().getErr().println(line(wrong));
        return EXIT_CODE;
    }

    /** One line that names the flag, what was given and what is expected. */
    String line(ParameterException wrong) {
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            return unmatched.getUnmatched().get(0).replaceFirst("=.*", "") + ": unknown, expected " + expected;
        }
        if (wrong instanceof MissingParameterException missing) {
            ArgSpec flag = missing.getMissing().get(0);
            return name(flag) + ": got no value, expected " + flag.paramLabel();
        }
        if (wrong instanceof OverwrittenOptionException repeated) {
            return name(repeated.getOverwritten()) + ": given more than once, expected once";
        }
        ArgSpec flag = wrong.getArgSpec();
        if (flag == null) {
            return RootCause.oneLine(wrong.getMessage());
        }
        // A converter of ours says what it expects; picocli's only what it got.
        boolean ours = flag.converters().length > 0 && wrong.getCause() instanceof TypeConversionException;
        return name(flag) + ": got '" + wrong.getValue() + "', expected "
                + (ours ? wrong.getCause().getMessage() : flag.paramLabel() + ", a whole number");
    }

    private static String name(ArgSpec flag) {
        return flag instanceof OptionSpec option ? option.longestName() : flag.paramLabel();
    }
}
