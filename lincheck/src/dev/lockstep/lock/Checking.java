package dev.lockstep.lock;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.util.LoggingLevel;

/**
 * How the tests look: at interleavings of two threads with two calls each, switched at accesses to shared memory
 * ({@code -Dlincheck.iterations}, {@code -Dlincheck.invocations}: how many scenarios, and how many interleavings of each).
 */
final class Checking {
    private Checking() {}

    private static void check(final Class<?> scenario) {
        new ModelCheckingOptions()
                .sequentialSpecification(Counter.class)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(Integer.getInteger("lincheck.iterations", 8))
                .invocationsPerIteration(Integer.getInteger("lincheck.invocations", 300))
                .logLevel(LoggingLevel.OFF)
                .check(scenario);
    }

    static void assertSound(final Class<?> scenario) {
        check(scenario);
    }

    /** Lincheck has to find results that no order of the calls explains, and not merely to fail. */
    static void assertFaultIsFound(final Class<?> scenario) {
        final String found = assertThrows(LincheckAssertionError.class, () -> check(scenario))
                .getMessage();
        assertTrue(found.contains("Invalid execution results"), found);
    }
}
