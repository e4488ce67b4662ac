package dev.lockstep.linker;

import dev.lockstep.process.ProcessInfo;

/** Logs what the monitor sees, as {@code dev.lockstep}. */
final class LoggingListener implements UniverseListener {
    @Override
    public void stalled(final StallReport report) {
        Log.LOGGER.log(System.Logger.Level.WARNING, report::toString);
    }

    @Override
    public void evicted(final int group, final int process) {
        Log.LOGGER.log(
                System.Logger.Level.WARNING,
                () -> "group was evicted, it did not come to a rendezvous: group=" + group + " process=" + process);
    }

    @Override
    public void groupLost(final int group, final String threadName) {
        Log.LOGGER.log(
                System.Logger.Level.WARNING,
                () ->
                        "group was reaped, its thread ended without shutting it down or an error left it half done: group="
                                + group + " thread=\"" + threadName + "\"");
    }

    @Override
    public void processReaped(final ProcessInfo process) {
        Log.LOGGER.log(System.Logger.Level.INFO, () -> "dead process was reaped: " + process);
    }

    @Override
    public void processLockLost(final ProcessInfo process) {
        Log.LOGGER.log(
                System.Logger.Level.WARNING,
                () -> "a live process has lost its byte lock, something else in it has opened the lock file; it is not"
                        + " taken for dead: " + process);
    }
}
