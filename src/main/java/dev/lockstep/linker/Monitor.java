package dev.lockstep.linker;

import dev.lockstep.lock.Waker;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The thread of an attachment that looks after what nobody waits for: dead processes, groups of this JVM that can do
 * nothing more, live groups that keep others waiting. The only one that reaps a group of a live process, which is this
 * one: from other JVMs a thread cannot be seen.
 *
 * <p>It never waits for anybody: each look is bounded.
 */
final class Monitor implements Runnable {
    /** A look is made of these, and one that fails does not keep the others from being made. */
    private static final int PARTS = 4;

    private final Waker waker;
    private final Runnable reapTheDead;
    private final Set<InstanceGroup> groups;
    private final StallWatch stalls;
    private final UniverseListener listener;
    private final long intervalNanos;
    private final Events events;
    private final Thread thread;
    private volatile boolean stopped;
    private String lastFailure = "";

    /**
     * A monitor, not started.
     *
     * @param name of its thread.
     * @param waker that loads what threads need to sleep, if one has wanted to.
     * @param reapTheDead finds dead processes and reaps them.
     * @param groups of this JVM; concurrent.
     * @param stalls watches live groups.
     * @param events that others want the listener told.
     * @param options of this JVM.
     */
    Monitor(
            final String name,
            final Waker waker,
            final Runnable reapTheDead,
            final Set<InstanceGroup> groups,
            final StallWatch stalls,
            final Events events,
            final UniverseOptions options) {
        this.waker = waker;
        this.reapTheDead = reapTheDead;
        this.groups = groups;
        this.stalls = stalls;
        this.events = events;
        listener = options.listener();
        intervalNanos = options.monitorIntervalNanos();
        thread = new Thread(this, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Ends the thread; afterwards it touches no memory. From a listener it takes effect when the listener returns. */
    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread != Thread.currentThread() && thread.isAlive()) {
            try {
                thread.join();
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        while (!stopped) {
            LockSupport.parkNanos(this, intervalNanos);
            if (stopped) {
                return;
            }
            for (int part = 0; part < PARTS && !stopped; part++) {
                try {
                    look(part);
                } catch (final Throwable failure) {
                    failed(failure);
                }
            }
            for (Consumer<UniverseListener> event = events.poll(); event != null && !stopped; event = events.poll()) {
                try {
                    event.accept(listener);
                } catch (final Throwable failure) {
                    failed(failure);
                }
            }
        }
    }

    private void look(final int part) {
        switch (part) {
            case 0 -> reapTheDead.run();
            case 1 -> reapLostGroups();
            case 2 -> waker.prepare();
            default -> stalls.look(events);
        }
    }

    /** One look that fails, of whatever kind, must not be the last one. */
    private void failed(final Throwable failure) {
        final String what = failure.toString();
        if (!what.equals(lastFailure)) {
            lastFailure = what;
            Log.LOGGER.log(System.Logger.Level.WARNING, "monitor goes on after a failure: " + what, failure);
        }
    }

    private void reapLostGroups() {
        for (final InstanceGroup group : groups) {
            if (group.isLost() && group.abandon()) {
                final int slot = group.slot();
                final String owner = group.threadName();
                events.tell(told -> told.groupLost(slot, owner));
            }
        }
    }
}
