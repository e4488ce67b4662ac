package dev.lockstep.testing;

import java.io.BufferedReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;

/** What a {@link ForkedJvm} starts: runs another {@code main}, and halts as soon as the JVM that started it is gone. */
final class ForkedMain {
    static final BufferedReader STDIN = ForkedJvm.stdin();

    private ForkedMain() {}

    /**
     * Runs another {@code main}; exits with 1 if it throws.
     *
     * @param args process id of the JVM to watch, name of the class, its arguments.
     * @throws Exception if the class cannot be found or has no {@code main}.
     */
    public static void main(final String[] args) throws Exception {
        haltAfter(Long.parseLong(args[0]));
        final Method main = Class.forName(args[1]).getDeclaredMethod("main", String[].class);
        main.setAccessible(true);
        try {
            main.invoke(null, (Object) Arrays.copyOfRange(args, 2, args.length));
        } catch (final InvocationTargetException e) {
            e.getCause().printStackTrace();
            System.exit(1);
        }
    }

    private static void haltAfter(final long pid) {
        ProcessHandle.of(pid)
                .ifPresentOrElse(
                        parent -> parent.onExit()
                                .thenRun(() -> Runtime.getRuntime().halt(2)),
                        () -> Runtime.getRuntime().halt(2));
    }
}
