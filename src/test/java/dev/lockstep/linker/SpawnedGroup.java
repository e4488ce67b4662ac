package dev.lockstep.linker;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** A group that a parent has prepared, made on a thread of its own; it polls until it is dismissed. */
final class SpawnedGroup {
    private final FunctionTable table = new FunctionTable();
    private final CountDownLatch made = new CountDownLatch(1);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean dismissed;

    SpawnedGroup(final Universe universe, final PreparedInstanceGroup prepared, final String name) {
        thread = new Thread(() -> live(universe, prepared), "spawned-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void live(final Universe universe, final PreparedInstanceGroup prepared) {
        try {
            final InstanceGroup group = universe.createInstanceGroup(prepared, table);
            if (table.operations() != group.appliedSequence()) {
                throw new AssertionError(
                        "spawned group is behind: applied=" + group.appliedSequence() + " table=" + table.operations());
            }
            made.countDown();
            while (!dismissed) {
                group.cooperate();
            }
            group.shutdownInstanceGroup();
        } catch (final Throwable thrown) {
            failure.set(thrown);
        } finally {
            made.countDown();
        }
    }

    boolean isMade() {
        return made.getCount() == 0;
    }

    /** Ends the group; {@return its table's fingerprint} */
    String dismiss() {
        dismissed = true;
        try {
            if (!made.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("spawned group was not made in time");
            }
            thread.join(20_000);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            throw new AssertionError("spawned group does not end");
        }
        if (failure.get() != null) {
            throw new AssertionError("spawned group failed: " + failure.get(), failure.get());
        }
        return Long.toHexString(table.fingerprint());
    }
}
