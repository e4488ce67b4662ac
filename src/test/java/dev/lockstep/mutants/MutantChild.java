package dev.lockstep.mutants;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs one test over the mutated classes, and ends at its first failure. */
final class MutantChild {
    static final int CAUGHT = 3;

    private MutantChild() {}

    public static void main(final String[] arguments) {
        final String test = arguments[0];
        final Launcher launcher = LauncherFactory.create();
        launcher.execute(
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(test.contains("#") ? selectMethod(test) : selectClass(test))
                        .build(),
                new TestExecutionListener() {
                    @Override
                    public void executionFinished(final TestIdentifier identifier, final TestExecutionResult result) {
                        if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
                            System.out.println("caught by " + identifier.getDisplayName() + ": "
                                    + reason(result.getThrowable().orElse(null)));
                            System.out.flush();
                            Runtime.getRuntime().halt(CAUGHT);
                        }
                    }
                });
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** The innermost cause says what was wrong; those around it say in which interleaving. */
    private static String reason(final Throwable failure) {
        Throwable cause = failure;
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        final String text = String.valueOf(cause).split("\n", 2)[0];
        return text.length() > 150 ? text.substring(0, 150) + " …" : text;
    }
}
