package dev.lockstep.mutants;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.Arrays;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs tests in a JVM of their own, to the first that fails. */
final class FirstFailure {
    static final int PASSED = 0;
    static final int FAILED = 10;
    static final int NOT_RUN = 11;

    /** What a line with the cause of the failure begins with. */
    static final String CAUSE = "cause: ";

    private FirstFailure() {}

    private static final class Listener implements TestExecutionListener {
        @Override
        public void executionFinished(final TestIdentifier test, final TestExecutionResult result) {
            final Optional<Throwable> failure = result.getThrowable();
            if (failure.isPresent()) {
                failure.get().printStackTrace(System.out);
                Throwable cause = failure.get();
                while (cause.getCause() != null) {
                    cause = cause.getCause();
                }
                System.out.println(CAUSE + describe(cause));
                System.out.flush();
                Runtime.getRuntime().halt(FAILED);
            }
        }

        private static String describe(final Throwable cause) {
            final String text = cause instanceof AssertionError ? String.valueOf(cause.getMessage()) : cause.toString();
            return text.lines().findFirst().orElse("");
        }
    }

    /** Arguments: methods as {@code class#method}. */
    public static void main(final String[] methods) {
        final LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
        Arrays.stream(methods).forEach(method -> request.selectors(selectMethod(method)));
        final SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request.build(), new Listener(), summary);
        final boolean allRun = summary.getSummary().getTestsSucceededCount() == methods.length;
        System.out.flush();
        Runtime.getRuntime().halt(allRun ? PASSED : NOT_RUN);
    }
}
