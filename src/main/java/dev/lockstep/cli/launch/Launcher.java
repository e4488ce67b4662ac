package dev.lockstep.cli.launch;

import java.io.IOException;
import java.util.Optional;

/**
 * Leads JVMs of its own through something. For one thread, but {@link #close} may be called by any.
 *
 * @param <R> what comes of it.
 */
public interface Launcher<R> extends Situation, AutoCloseable {
    /**
     * Does it.
     *
     * @return what came of it.
     * @throws IOException if a JVM can't be started.
     * @throws LaunchFailedException if a JVM failed or was not heard of.
     * @throws InterruptedException if this thread is interrupted, or the launcher was closed meanwhile.
     */
    R run() throws IOException, LaunchFailedException, InterruptedException;

    /** Kills what still runs and removes the scratch directory. Idempotent, from any thread. */
    @Override
    void close() throws IOException;

    /** {@return whether it was closed, which a signal does too} */
    boolean isClosed();

    /**
     * Does it, and closes this if a signal ends the process meanwhile.
     *
     * @return what came of it; nothing if there was such a signal.
     * @throws IOException if a JVM can't be started.
     * @throws LaunchFailedException if a JVM failed or was not heard of.
     * @throws InterruptedException if this thread is interrupted.
     */
    default Optional<R> runUntilSignal() throws IOException, LaunchFailedException, InterruptedException {
        final Thread hook = new Thread(this::closeAtSignal, "launcher-end");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return Optional.of(run());
        } catch (final IOException | LaunchFailedException | InterruptedException e) {
            if (isClosed()) {
                return Optional.empty();
            }
            throw e;
        } finally {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (final IllegalStateException e) {
                // The JVM is ending: the hook runs.
            }
        }
    }

    private void closeAtSignal() {
        try {
            close();
        } catch (final IOException e) {
            System.err.println("lockstep: scratch directory can't be removed: " + e);
        }
    }
}
